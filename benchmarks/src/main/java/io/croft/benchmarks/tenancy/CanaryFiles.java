package io.croft.benchmarks.tenancy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Looks into files: those of the index, each as its folder's organisation's, and new temporary ones. */
final class CanaryFiles {

    private static final long LARGEST = 64 << 20;
    private static final String POSTGRES = "croft-postgres-";

    private final CanaryWatch watch;
    private final Path index;
    private final Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    private final Set<Path> before;
    private final Map<String, Integer> owners = new TreeMap<>();

    /**
     * Also remembers which temporary files there are.
     *
     * @param index the folder of the index
     */
    CanaryFiles(CanaryWatch watch, Path index, List<CanaryOrg> orgs) {
        this.watch = watch;
        this.index = index;
        this.before = new HashSet<>(children(temporary));
        orgs.forEach(org -> owners.put(org.context().org().toString(), org.number()));
    }

    /** The folder of an organisation's private index. */
    Path folderOf(CanaryOrg org) {
        String id = org.context().org().toString();
        return children(index.resolve("orgs").resolve(id.substring(0, 2))).stream()
                .filter(folder -> folder.getFileName().toString().startsWith(id)).findAny()
                .orElseThrow(() -> new IllegalStateException("organisation " + org.number() + " has no index"));
    }

    Path marketplace() {
        return index.resolve("market");
    }

    /** What is removed and not gone yet. */
    boolean hasTrash() {
        return !children(index.resolve("trash")).isEmpty();
    }

    /** Looks into all files there are. */
    void look() {
        for (Path file : below(index)) {
            Path inside = index.relativize(file);
            if (inside.startsWith("market")) {
                look(CanaryPlace.MARKET_INDEX, -1, file);
            } else if (inside.startsWith("orgs") && inside.getNameCount() > 3) {
                String folder = inside.getName(2).toString();
                Integer owner = owners.get(folder.substring(0, Math.min(folder.length(), 36)));
                look(owner == null ? CanaryPlace.OTHER_FILES : CanaryPlace.PRIVATE_INDEX, owner == null ? -1 : owner,
                        file);
            } else {
                look(CanaryPlace.OTHER_FILES, -1, file);
            }
        }
        for (Path fresh : children(temporary)) {
            String name = fresh.getFileName().toString();
            if (!before.contains(fresh) && !index.startsWith(fresh) && !name.startsWith(POSTGRES)) {
                below(fresh).forEach(file -> look(CanaryPlace.TEMP_FILES, -1, file));
            }
        }
    }

    private void look(CanaryPlace place, int owner, Path file) {
        try {
            if (Files.size(file) <= LARGEST) {
                watch.look(place, owner, Set.of(), file.toString(), Files.readAllBytes(file));
            }
            watch.look(place, owner, file.toString(), file.getFileName().toString());
        } catch (NoSuchFileException | AccessDeniedException e) {
            // gone meanwhile, or another user's: it is none of this process's
            watch.look(place, owner, "the message", String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }

    private static List<Path> children(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be listed", e);
        }
    }

    /** The files below, or the file itself; of what comes and goes meanwhile, some. */
    private static List<Path> below(Path root) {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(root)) {
            all.filter(Files::isRegularFile).forEach(files::add);
        } catch (UncheckedIOException | IOException e) {
            return files; // files came and went meanwhile, or are another user's
        }
        return files;
    }

    /** Writes a file that is not there yet. */
    static void write(Path file, String text, Charset charset) {
        try {
            Files.writeString(file, text, charset);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
    }
}

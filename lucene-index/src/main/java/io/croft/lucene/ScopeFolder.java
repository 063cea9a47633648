package io.croft.lucene;

import io.croft.CroftException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of one scope, with its generations. The current generation is the highest with a commit: a build commits
 * once, at its end, so one without a commit was never finished, and a lower one with a commit was about to be deleted.
 */
final class ScopeFolder {

    private static final Logger LOG = LoggerFactory.getLogger(ScopeFolder.class);
    private static final Pattern NAME = Pattern.compile("g([1-9][0-9]{0,8})");

    private final Path folder;
    private final RootFolder root;

    ScopeFolder(Path folder, RootFolder root) {
        this.folder = folder;
        this.root = root;
    }

    Path path() {
        return folder;
    }

    boolean exists() {
        return Files.exists(folder);
    }

    Path generation(int number) {
        return folder.resolve("g" + number);
    }

    /** The number of the current generation; empty if there is none. */
    Optional<Integer> current() {
        return numbers().stream().filter(number -> hasCommit(generation(number))).findFirst();
    }

    /** A number that no generation has. */
    int next() {
        return numbers().stream().findFirst().orElse(0) + 1;
    }

    /** Makes a folder with the files of an index, which may be one of these, the generation of this number. */
    void adopt(Path files, int number) throws IOException {
        Files.createDirectories(folder);
        Files.move(files, generation(number), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Removes all generations but these. */
    void sweep(Set<Integer> keep) {
        for (int number : numbers()) {
            if (!keep.contains(number)) {
                LOG.info("removing {}, which is no longer of use", generation(number));
                root.discard(generation(number));
            }
        }
    }

    /** The numbers of all generations, the highest first. */
    private List<Integer> numbers() {
        List<Integer> numbers = new ArrayList<>();
        try (DirectoryStream<Path> generations = Files.newDirectoryStream(folder)) {
            for (Path generation : generations) {
                Matcher name = NAME.matcher(generation.getFileName().toString());
                if (name.matches()) {
                    numbers.add(Integer.parseInt(name.group(1)));
                }
            }
        } catch (NoSuchFileException | NotDirectoryException none) {
            return List.of();
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
        numbers.sort(Collections.reverseOrder());
        return numbers;
    }

    private static boolean hasCommit(Path generation) {
        try (DirectoryStream<Path> commits = Files.newDirectoryStream(generation, "segments_*")) {
            return commits.iterator().hasNext();
        } catch (NotDirectoryException notOurs) {
            return false;
        } catch (IOException e) {
            throw unreadable(generation, e);
        }
    }

    private static CroftException unreadable(Path folder, IOException e) {
        return new CroftException("index folder " + folder.toAbsolutePath() + " cannot be listed ("
                + RootFolder.reason(e) + "): it must be a folder that this process may read", e);
    }
}

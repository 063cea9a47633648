package io.croft.ingest;

import io.croft.CroftException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Loads the tokenizer's native library, once in a process, out of the jar that holds it.
 *
 * <p>DJL has a loader of its own, which is not used: it looks for a graphics card and, finding one, downloads another
 * library; it keeps the library in a folder of the user's home, or in a shared one that another user may own; and the
 * factory that calls it reports the machine to a telemetry server. Here the library goes through a temporary folder
 * that only this user can read, and that is gone again when the library is loaded.
 */
final class TokenizerLibrary {

    /** Why it could not be loaded; empty if it was. */
    private static final Optional<String> FAILURE = load();

    private TokenizerLibrary() {
    }

    /**
     * Returns once the library is loaded.
     *
     * @throws CroftException if it cannot be loaded, here and for the life of the process
     */
    static void require() {
        FAILURE.ifPresent(message -> {
            throw new CroftException(message);
        });
    }

    private static Optional<String> load() {
        String platform = platform(System.getProperty("os.name"), System.getProperty("os.arch"));
        try {
            Path folder = Files.createTempDirectory("croft-tokenizer");
            try {
                for (String file : files(platform)) {
                    loadFrom("native/lib/" + platform + "/cpu/" + file, folder.resolve(file));
                }
            } finally {
                discard(folder);
            }
            return Optional.empty();
        } catch (IOException | UnsatisfiedLinkError e) {
            return Optional.of("the tokenizer's native library for " + platform + " cannot be loaded through "
                    + System.getProperty("java.io.tmpdir") + " (" + e
                    + "): name a writable folder whose files may be executed with -Djava.io.tmpdir=…");
        }
    }

    /** The name of a platform in the jar; one that the jar lacks is found missing when it is loaded. */
    static String platform(String osName, String osArch) {
        String os = osName.toLowerCase(Locale.ROOT);
        String system = os.contains("win") ? "win" : os.contains("mac") ? "osx" : "linux";
        String processor = switch (osArch.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64", "x86-64", "x64" -> "x86_64";
            case "aarch64", "arm64" -> "aarch64";
            default -> osArch;
        };
        return system + "-" + processor;
    }

    /** The library, after those that it needs. */
    private static List<String> files(String platform) {
        String library = System.mapLibraryName("tokenizers");
        return platform.startsWith("win")
                ? List.of("libwinpthread-1.dll", "libgcc_s_seh-1.dll", "libstdc++-6.dll", library)
                : List.of(library);
    }

    private static void loadFrom(String resource, Path file) throws IOException {
        try (InputStream in = TokenizerLibrary.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("ai.djl.huggingface:tokenizers has no " + resource);
            }
            Files.copy(in, file);
            System.load(file.toAbsolutePath().toString());
        } finally {
            discard(file);
        }
    }

    /**
     * Deletes a file or an empty folder; where a loaded library cannot be deleted, as on Windows, at the process's end.
     */
    private static void discard(Path path) throws IOException {
        try {
            Files.deleteIfExists(path);
        } catch (FileSystemException inUse) {
            path.toFile().deleteOnExit();
        }
    }
}

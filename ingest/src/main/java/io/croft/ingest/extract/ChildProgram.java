package io.croft.ingest.extract;

import io.croft.InvalidInputException;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the processes of an extractor run.
 *
 * @param mainClass the class that is started
 * @param classPath where it and what it needs are; absolute, because a process runs in a folder of its own
 * @param limits    what one file may take
 * @param tesseract what recognises text in images, if that is installed
 */
record ChildProgram(String mainClass, List<Path> classPath, ExtractionLimits limits, Optional<Tesseract> tesseract) {

    /** The main class that reads files. A name, because nothing of it is loaded in the host. */
    static final String MAIN = "io.croft.ingest.extract.child.ChildMain";

    private static final Path SHELL = Path.of("/bin/sh");
    private static final Path ENV = Path.of("/usr/bin/env");
    private static final long SECONDS_TO_END = 5;

    ChildProgram {
        for (Path entry : classPath) {
            // An entry that is not absolute would be looked for beside the file that is read.
            if (!entry.isAbsolute() || entry.toString().contains(File.pathSeparator)) {
                throw new InvalidInputException("\"" + entry + "\" cannot be on the class path of a process that reads"
                        + " files: give an absolute path without " + File.pathSeparator);
            }
        }
        classPath = List.copyOf(classPath);
    }

    /** Java itself: the one that runs the host. */
    static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", File.separatorChar == '\\' ? "java.exe" : "java");
    }

    /** The command line of a process in a folder. */
    List<String> command(Path folder) {
        List<String> command = new ArrayList<>();
        if (Files.isExecutable(SHELL) && Files.isExecutable(ENV)) {
            command.addAll(List.of(SHELL.toString(), "-c", kernelLimits() + "exec /usr/bin/env -i \"$@\"",
                    "croft-extract"));
        }
        // What Java itself prints goes to standard error, not between the replies.
        command.addAll(List.of(java().toString(), "-Xmx" + limits.heapMegabytes() + "m", "-XX:MaxMetaspaceSize=256m",
                "-XX:MaxDirectMemorySize=64m", "-XX:+ExitOnOutOfMemoryError", "-XX:+DisplayVMOutputToStderr",
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:ActiveProcessorCount=1", "-XX:-UsePerfData",
                "-XX:+DisableAttachMechanism", "-XX:ErrorFile=" + folder.resolve("crash.log"), "-Xshare:auto",
                "-Djava.awt.headless=true", "-Djava.io.tmpdir=" + folder, "-Duser.home=" + folder,
                "-Djdk.serialFilter=!*", "-Djdk.xml.dtd.support=deny", "-Djdk.xml.entityExpansionLimit=1",
                "-Djavax.xml.accessExternalDTD=", "-Djavax.xml.accessExternalSchema=",
                "-Djavax.xml.accessExternalStylesheet=", "-cp",
                classPath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)), mainClass,
                arguments()));
        tesseract.ifPresent(one -> {
            command.add(one.program().toString());
            command.addAll(one.arguments());
        });
        return command;
    }

    /**
     * The kernel's own limits, behind those that the host sees to: no core files, no file beyond what may be unpacked,
     * and processor time for what one file may take twice. Beyond that a process gets a signal that tells why it ends,
     * and a little later one that cannot be ignored.
     */
    private String kernelLimits() {
        long seconds = 2 * limits.cpuTime().toSeconds() + SECONDS_TO_END;
        return "ulimit -c 0; ulimit -f " + (limits.inflatedBytes() / 512 + 1) + "; ulimit -S -t " + seconds
                + "; ulimit -H -t " + (seconds + SECONDS_TO_END) + "; ";
    }

    /** The limits that the process itself sees to, as its main class reads them. */
    private String arguments() {
        return Stream.of(limits.inflatedBytes(), limits.ratio(), limits.depth(), limits.entries(), limits.pages(),
                limits.pixels(), limits.characters(), limits.ocrTime().toSeconds()).map(Object::toString)
                .collect(Collectors.joining(","));
    }
}

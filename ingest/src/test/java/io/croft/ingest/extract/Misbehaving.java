package io.croft.ingest.extract;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A process that does with a request what its name says, as a hostile file might make a reader do. */
final class Misbehaving {

    private Misbehaving() {
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        DataInputStream in = new DataInputStream(new FileInputStream(FileDescriptor.in));
        DataOutputStream out = new DataOutputStream(new FileOutputStream(FileDescriptor.out));
        out.writeByte(ChildProcess.READY);
        while (true) {
            String what = in.readUTF();
            in.readUTF();
            in.readUTF();
            switch (what) {
                case "exit" -> Runtime.getRuntime().halt(9);
                case "hang" -> Thread.sleep(Long.MAX_VALUE);
                case "spin" -> spin();
                case "memory" -> fill();
                case "flood" -> out.writeInt(Integer.MAX_VALUE);
                case "nonsense" -> {
                    out.writeInt(3);
                    out.write(new byte[]{1, 2, 3});
                }
                case "half" -> {
                    out.writeInt(1_000);
                    Runtime.getRuntime().halt(0);
                }
                case "spawn" -> {
                    Process started = new ProcessBuilder("/bin/sleep", "1000").start();
                    Files.writeString(Path.of("../pid.new"), Long.toString(started.pid()));
                    Files.move(Path.of("../pid.new"), Path.of("../pid"));
                    Thread.sleep(Long.MAX_VALUE);
                }
                default -> reply(out);
            }
        }
    }

    /** Tells of its environment and its folder. */
    private static void reply(DataOutputStream out) throws IOException {
        String text = System.getenv().keySet() + " in " + Path.of("").toAbsolutePath();
        byte[] bytes = new Extraction(Outcome.EXTRACTED, "text/plain", Long.toString(ProcessHandle.current().pid()),
                Optional.empty(), text, List.of(), List.of()).toBytes();
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static void spin() {
        long turns = 0;
        while (turns >= 0) {
            turns = turns * 31 & Long.MAX_VALUE;
        }
    }

    private static void fill() {
        List<byte[]> all = new ArrayList<>();
        while (all.size() < Integer.MAX_VALUE) {
            all.add(new byte[1 << 20]);
        }
    }
}

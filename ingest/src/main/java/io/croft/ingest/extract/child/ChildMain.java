package io.croft.ingest.extract.child;

import io.croft.ingest.extract.Extraction;
import io.croft.ingest.extract.ExtractionRequest;
import io.croft.ingest.extract.Ocr;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.SynchronousQueue;

/**
 * The process that reads files. Its standard input brings requests; its standard output takes one byte when it is
 * ready, then replies, each a length and an {@link Extraction}; the file lies in the working folder. When its standard
 * input ends, so does the process, whatever it is doing.
 */
final class ChildMain {

    private static final String INPUT = "input";
    private static final byte READY = 'r';

    private ChildMain() {
    }

    /**
     * Runs until the input ends.
     *
     * @param args the limits; then, if text in images can be recognised, the program for it and its arguments
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        // Replies go out here; what libraries print does not get between them.
        DataOutputStream replies = new DataOutputStream(new FileOutputStream(FileDescriptor.out));
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        SynchronousQueue<ExtractionRequest> requests = new SynchronousQueue<>();
        Thread.ofPlatform().daemon().name("requests").start(() -> receive(requests));
        ChildLimits limits = ChildLimits.parse(args[0]);
        List<String> tesseract = List.of(Arrays.copyOfRange(args, 1, args.length));
        Formats formats = new Formats(limits, tesseract.isEmpty() ? Optional.empty() : Optional.of(tesseract));
        // From here on nobody reads what libraries write there.
        System.setErr(System.out);
        replies.writeByte(READY);
        replies.flush();
        while (true) {
            Extraction extraction = formats.read(Path.of(INPUT).toAbsolutePath(), requests.take());
            byte[] bytes = extraction.toBytes();
            replies.writeInt(bytes.length);
            replies.write(bytes);
            replies.flush();
        }
    }

    private static void receive(SynchronousQueue<ExtractionRequest> requests) {
        try (DataInputStream in = new DataInputStream(new FileInputStream(FileDescriptor.in))) {
            while (true) {
                requests.put(new ExtractionRequest(in.readUTF(), in.readUTF(), Ocr.valueOf(in.readUTF())));
            }
        } catch (EOFException e) {
            end(0);
        } catch (IOException | InterruptedException e) {
            end(1);
        }
    }

    /** Ends without waiting for anything, and leaves neither processes nor files nor the folder. */
    private static void end(int status) {
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
        File folder = Path.of("").toAbsolutePath().toFile();
        File[] files = folder.listFiles();
        boolean gone = true;
        for (File file : files == null ? new File[0] : files) {
            gone &= file.delete();
        }
        gone &= folder.delete();
        // The extractor's folder goes with the last of its processes.
        File outer = folder.getParentFile();
        boolean last = outer != null && outer.delete();
        Runtime.getRuntime().halt(gone || last ? status : 1);
    }
}

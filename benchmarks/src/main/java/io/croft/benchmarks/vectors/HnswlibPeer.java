package io.croft.benchmarks.vectors;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * hnswlib itself, in C++, compiled for this machine; it runs as a process of its own and measures its own time. Its
 * header is looked for where the compiler looks and in the folder that {@value #PROPERTY} names.
 */
final class HnswlibPeer implements VectorPeer {

    /** Names a folder with {@code hnswlib/hnswlib.h}. */
    static final String PROPERTY = "croft.hnswlib";

    /**
     * How a graph is built: links of a node, and how many candidates are looked at when one is added.
     *
     * @param connections M
     * @param beam        efConstruction
     */
    private record Graph(int connections, int beam) {
    }

    /** What is usual, and what is sooner built and found less by. */
    private static final List<Graph> GRAPHS = List.of(new Graph(16, 100), new Graph(12, 60), new Graph(8, 60));

    private final Graph graph;
    private final Process process;
    private final BufferedReader answers;
    private final DataOutputStream questions;

    private HnswlibPeer(Graph graph, Process process) {
        this.graph = graph;
        this.process = process;
        this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.questions = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), 1 << 20));
    }

    /** Compiles it and starts one for each graph; none where there is no compiler or no header. */
    static List<VectorPeer> find(Path folder, Path source) throws IOException, InterruptedException {
        Path program = folder.resolve("hnswlib");
        String header = System.getProperty(PROPERTY, "");
        List<String> command = new ArrayList<>(List.of("g++", "-O3", "-march=native", "-std=c++17", "-o",
                program.toString(), source.toString()));
        if (!header.isBlank()) {
            command.add(1, "-I" + header);
        }
        try {
            Process compiler = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(folder.resolve("compiler.log").toFile()).start();
            if (compiler.waitFor() != 0) {
                return List.of();
            }
        } catch (IOException noCompiler) {
            System.out.println("no C++ compiler: " + noCompiler.getMessage());
            return List.of();
        }
        List<VectorPeer> peers = new ArrayList<>();
        for (Graph graph : GRAPHS) {
            peers.add(new HnswlibPeer(graph, new ProcessBuilder(program.toString(),
                    Integer.toString(graph.connections()), Integer.toString(graph.beam()))
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start()));
        }
        return peers;
    }

    @Override
    public String name() {
        return "hnswlib (C++, -O3 -march=native), M " + graph.connections() + ", efConstruction " + graph.beam()
                + ", float32 in memory";
    }

    @Override
    public long build(List<float[]> vectors, List<float[]> queries) throws IOException {
        int dimensions = vectors.getFirst().length;
        questions.write(ByteBuffer.allocate(3 * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(vectors.size())
                .putInt(queries.size()).putInt(dimensions).array());
        for (List<float[]> some : List.of(vectors, queries)) {
            for (float[] vector : some) {
                ByteBuffer bytes = ByteBuffer.allocate(dimensions * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(vector);
                questions.write(bytes.array());
            }
        }
        questions.flush();
        String built = answer();
        return Long.parseLong(built.substring(built.indexOf(' ') + 1));
    }

    @Override
    public Answers search(int effort, int wanted, int from, int to) throws IOException {
        questions.writeBytes(effort + " " + wanted + " " + from + " " + to + "\n");
        questions.flush();
        String[] numbers = answer().split(" ", -1);
        List<int[]> ids = new ArrayList<>();
        for (int q = 0; q < to - from; q++) {
            int[] some = new int[wanted];
            for (int i = 0; i < wanted; i++) {
                some[i] = Integer.parseInt(numbers[1 + q * wanted + i]);
            }
            ids.add(some);
        }
        return new Answers(Long.parseLong(numbers[0]), ids);
    }

    private String answer() throws IOException {
        @Nullable
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("hnswlib ended unasked, see above");
        }
        return line;
    }

    @Override
    public void close() throws IOException {
        questions.close();
        answers.close();
        process.destroy();
    }
}

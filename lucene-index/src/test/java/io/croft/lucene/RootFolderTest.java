package io.croft.lucene;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that go away. */
class RootFolderTest {

    @TempDir
    Path folder;

    /** The start empties the trash while an index is dropped: what one has deleted must not stop the other. */
    @Test
    void delete_byTwoAtOnceLeavesNothing() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            for (int round = 0; round < 50; round++) {
                Path tree = Files.createDirectories(folder.resolve("tree-" + round));
                for (int i = 0; i < 20; i++) {
                    Path inner = Files.createDirectories(tree.resolve("inner-" + i));
                    for (int j = 0; j < 5; j++) {
                        Files.createFile(inner.resolve("file-" + j));
                    }
                }
                CyclicBarrier together = new CyclicBarrier(2);
                List<Future<?>> both = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    both.add(threads.submit(() -> {
                        together.await();
                        RootFolder.delete(tree);
                        return null;
                    }));
                }
                for (Future<?> one : both) {
                    one.get();
                }

                assertThat(tree).doesNotExist();
            }
        }
    }
}

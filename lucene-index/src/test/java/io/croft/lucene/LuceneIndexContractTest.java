package io.croft.lucene;

import io.croft.spi.ChunkIndex;
import io.croft.spi.contract.ChunkIndexContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class LuceneIndexContractTest extends ChunkIndexContract {

    @TempDir
    Path root;

    @Override
    protected ChunkIndex openIndex() {
        return LuceneIndex.at(root);
    }
}

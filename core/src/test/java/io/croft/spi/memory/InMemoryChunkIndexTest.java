package io.croft.spi.memory;

import io.croft.spi.ChunkIndex;
import io.croft.spi.contract.ChunkIndexContract;

class InMemoryChunkIndexTest extends ChunkIndexContract {

    private final InMemoryChunkIndex.Disk disk = new InMemoryChunkIndex.Disk();

    @Override
    protected ChunkIndex openIndex() {
        return new InMemoryChunkIndex(disk);
    }
}

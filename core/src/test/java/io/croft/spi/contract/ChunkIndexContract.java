package io.croft.spi.contract;

import io.croft.spi.ChunkIndex;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexSchema;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The contract of {@link ChunkIndex} and {@link io.croft.spi.IndexSession}. */
public abstract class ChunkIndexContract
        implements
            IndexLifeCases,
            IndexChangeCases,
            IndexSearchCases,
            IndexFieldCases,
            IndexWordCases,
            IndexManyCases,
            IndexSightCases {

    private final List<IndexEvent> events = new CopyOnWriteArrayList<>();
    private volatile Consumer<IndexEvent> listener = event -> {
    };
    private ChunkIndex index;

    /**
     * Opens an index, not yet started, on storage that is empty before each test. Within a test it is called again
     * after the index was closed, and then opens the same storage.
     */
    protected abstract ChunkIndex openIndex();

    @BeforeEach
    final void open() {
        index = openIndex();
        index.start(new IndexSchema(MODEL, FIELDS), this::heard);
    }

    @AfterEach
    final void close() {
        index.close();
    }

    @Override
    public final ChunkIndex index() {
        return index;
    }

    @Override
    public final List<IndexEvent> events() {
        return events;
    }

    @Override
    public final void listen(Consumer<IndexEvent> listener) {
        this.listener = listener;
    }

    private void heard(IndexEvent event) {
        events.add(event);
        listener.accept(event);
    }

    @Override
    public final void reopen(IndexSchema schema) {
        index.close();
        index = openIndex();
        index.start(schema, this::heard);
    }
}

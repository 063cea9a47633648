package io.croft.spi.contract;

import org.junit.jupiter.api.BeforeEach;

/** The contract of {@link io.croft.spi.ContentStore}. It takes a job store as well, whose claims it uses. */
public abstract class ContentStoreContract extends StoreContract
        implements
            ContentWriteCases,
            ContentChunkCases,
            ContentCopyCases,
            ContentReadCases,
            ContentGroupCases {

    private ContentSteps steps;

    @BeforeEach
    final void makeSteps() {
        steps = new ContentSteps(this);
    }

    @Override
    public final ContentSteps steps() {
        return steps;
    }
}

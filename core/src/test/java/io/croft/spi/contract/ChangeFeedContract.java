package io.croft.spi.contract;

import io.croft.spi.Store;
import org.junit.jupiter.api.BeforeEach;

/**
 * The contract of {@link io.croft.spi.ChangeFeed}. It takes content and job stores as well, through which it makes
 * changes.
 */
public abstract class ChangeFeedContract extends StoreContract implements ChangeLogCases, ChangeFollowCases {

    private ContentSteps steps;

    @BeforeEach
    final void makeSteps() {
        steps = new ContentSteps(this);
    }

    /** {@inheritDoc} */
    @Override
    public abstract Store openOtherStore();

    @Override
    public final ContentSteps steps() {
        return steps;
    }
}

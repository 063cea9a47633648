package io.croft.spi.contract;

/** The contract of {@link io.croft.spi.ScheduleStore}. */
public abstract class ScheduleStoreContract extends StoreContract
        implements
            ScheduleFireCases,
            ScheduleKeepCases,
            ScheduleRoundCases {
}

package io.croft;

import io.croft.engine.limits.LoadAdmission;
import io.croft.engine.limits.RateAdmission;
import io.croft.guard.Admission;
import io.croft.limits.CallLimits;
import io.croft.limits.LoadShedding;
import io.croft.spi.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What lets calls in: how many at once, as one for the whole process, and how often, by the buckets of a database. */
final class Admissions {

    private final CallLimits limits;
    private final Optional<LoadAdmission> load;

    Admissions(CallLimits limits, Optional<LoadShedding> shedding) {
        this.limits = limits;
        this.load = shedding.map(LoadAdmission::new);
    }

    /** Those for calls on this store; of what is refused for load, no token is taken. */
    List<Admission> of(Store store) {
        List<Admission> all = new ArrayList<>();
        load.ifPresent(all::add);
        if (!limits.isNone()) {
            all.add(new RateAdmission(limits, store.rates()));
        }
        return all;
    }
}

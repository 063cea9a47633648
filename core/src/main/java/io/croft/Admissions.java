package io.croft;

import io.croft.engine.limits.ExportAdmission;
import io.croft.engine.limits.LoadAdmission;
import io.croft.engine.limits.RateAdmission;
import io.croft.guard.Admission;
import io.croft.limits.CallLimits;
import io.croft.limits.LoadShedding;
import io.croft.spi.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What lets calls in: how many at once, by what this process can do, and how often, by the buckets of a database. */
final class Admissions {

    private Admissions() {
    }

    /**
     * Those for calls on this store; of what is refused for load, no token is taken.
     *
     * @param shedding none, if all are let in however many
     * @param exports  bounds those of this process, whatever else is limited
     * @param observer is told of it
     */
    static List<Admission> of(Store store, CallLimits limits, Optional<LoadShedding> shedding, ExportAdmission exports,
            CallObserver observer) {
        List<Admission> all = new ArrayList<>();
        all.add(exports);
        shedding.ifPresent(bounds -> all.add(new LoadAdmission(bounds, observer)));
        if (!limits.isNone()) {
            all.add(new RateAdmission(limits, store.rates()));
        }
        return all;
    }
}

package io.croft.engine.limits;

import io.croft.CallObserver;
import io.croft.guard.Admission;
import io.croft.guard.Operation;
import io.croft.limits.LoadShedding;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Lets few exports in at once, and one of an organisation, whoever makes it: each keeps a connection, and leaves a
 * transaction open, for as long as whoever reads it takes. That is so whatever else is limited. Thread-safe.
 */
public final class ExportAdmission implements Admission {

    static final String EXPORTS = "exports";

    /** However long they take, and one of them of an organisation. */
    private static final LoadShedding FEW =
            new LoadShedding(LoadShedding.EXPORTS, LoadShedding.EXPORTS, 1.0 / (LoadShedding.EXPORTS + 1),
                    Duration.ZERO);

    private final LoadLimit exports;

    /**
     * Nobody exports yet.
     *
     * @param observer gets the reports
     */
    public ExportAdmission(CallObserver observer) {
        this(observer, System::nanoTime);
    }

    /** The same by another clock. */
    ExportAdmission(CallObserver observer, LongSupplier nanoTime) {
        this.exports = new LoadLimit(EXPORTS, FEW, nanoTime, observer::loadMeasured);
    }

    @Override
    public Passage admit(Entry entry) {
        if (entry.operation() != Operation.ORGS_EXPORT) {
            return Passage.UNTOLD;
        }
        return entry.org().or(entry::life).map(org -> exports.admit(org, entry.operation())).orElse(Passage.UNTOLD);
    }
}

package io.croft.engine.limits;

import io.croft.CallObserver;
import io.croft.OrgId;
import io.croft.guard.Admission;
import io.croft.guard.Operation;
import io.croft.limits.LoadShedding;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Lets in as many calls for organisations at once as can be done, of searches and of what asks the database each.
 * Thread-safe.
 */
public final class LoadAdmission implements Admission {

    static final String SEARCHES = "searches";
    static final String DATABASE = "database";

    private final LoadLimit searches;
    private final LoadLimit database;

    /**
     * Within these bounds.
     *
     * @param observer gets the reports
     */
    public LoadAdmission(LoadShedding bounds, CallObserver observer) {
        this(bounds, observer, System::nanoTime);
    }

    /** The same by another clock. */
    LoadAdmission(LoadShedding bounds, CallObserver observer, LongSupplier nanoTime) {
        this.searches = new LoadLimit(SEARCHES, bounds, nanoTime, observer::loadMeasured);
        this.database = new LoadLimit(DATABASE, bounds, nanoTime, observer::loadMeasured);
    }

    /** How many searches may be under way now. */
    int searches() {
        return searches.limit();
    }

    @Override
    public Passage admit(Entry entry) {
        Optional<OrgId> org = entry.org();
        Operation operation = entry.operation();
        // An upload takes as long as whoever sends the file: that says nothing of the database, and is no load.
        if (org.isEmpty() || operation == Operation.INGEST_UPLOAD) {
            return Passage.UNTOLD;
        }
        return switch (operation.tier()) {
            case FREE, LOW, EXPENSIVE -> Passage.UNTOLD;
            case STANDARD, HIGH -> (operation == Operation.SEARCH ? searches : database).admit(org.get(), operation);
        };
    }
}

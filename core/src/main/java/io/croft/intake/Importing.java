package io.croft.intake;

import io.croft.InvalidInputException;
import io.croft.TenantContext;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Goes through what is brought, item by item. Used by one thread. */
final class Importing {

    private final Ingestion ingestion;
    private final TenantContext context;
    private final List<String> problems = new ArrayList<>();
    private long written;
    private long unchanged;
    private long refused;

    Importing(Ingestion ingestion, TenantContext context) {
        this.ingestion = ingestion;
        this.context = context;
    }

    ImportReport run(Iterator<Imported> items) {
        long read = 0;
        while (hasNext(items)) {
            read++;
            try {
                if (ingestion.imported(context, items.next()).unchanged()) {
                    unchanged++;
                } else {
                    written++;
                }
            } catch (InvalidInputException e) {
                refused++;
                if (problems.size() < ImportReport.MAX_PROBLEMS) {
                    problems.add("item " + read + ": " + e.getMessage());
                }
            }
        }
        return new ImportReport(read, written, unchanged, refused, problems);
    }

    private static boolean hasNext(Iterator<Imported> items) {
        return !Thread.currentThread().isInterrupted() && items.hasNext();
    }
}

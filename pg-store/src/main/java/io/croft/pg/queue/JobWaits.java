package io.croft.pg.queue;

import io.croft.InvalidInputException;
import io.croft.job.After;
import io.croft.job.JobId;
import io.croft.job.JobParent;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.pg.tx.Parameters;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the jobs of one statement wait for: an entry for each time that one comes after another. */
final class JobWaits {

    private final List<Wait> waits;

    private JobWaits(List<Wait> waits) {
        this.waits = waits;
    }

    /**
     * One wait for one job; positions are those in the statement, from 1.
     *
     * @param child    who waits
     * @param parent   for whom, if that is in the statement
     * @param parentId for whom, if not
     * @param need     how it has to end, as the database takes it
     * @param name     the name of whom, in a flow
     */
    private record Wait(int child, @Nullable Integer parent, @Nullable Long parentId, int need, @Nullable String name) {
    }

    /**
     * Those of some jobs of a call.
     *
     * @param names   of all jobs of the call, if it is a flow
     * @param earlier the receipts of those jobs of the call that are there already, in front of these
     * @param jobs    the ones
     * @throws InvalidInputException if one comes after a name that there is not
     */
    static JobWaits of(List<String> names, List<JobReceipt> earlier, List<JobRequest> jobs) {
        List<Wait> waits = new ArrayList<>();
        Map<String, Integer> places = null;
        for (int i = 0; i < jobs.size(); i++) {
            for (After after : jobs.get(i).after()) {
                if (places == null) {
                    places = places(names);
                }
                waits.add(of(i + 1, after, places, earlier));
            }
        }
        return new JobWaits(waits);
    }

    private static Map<String, Integer> places(List<String> names) {
        Map<String, Integer> places = new HashMap<>();
        for (String name : names) {
            places.put(name, places.size());
        }
        return places;
    }

    private static Wait of(int child, After after, Map<String, Integer> places, List<JobReceipt> earlier) {
        int need = after.need() == After.Need.SUCCESS ? 1 : 2;
        return switch (after) {
            case After.Existing(JobId id, After.Need any) -> new Wait(child, null, id.value(), need, null);
            case After.Member(String name, After.Need any) -> {
                Integer place = places.get(name);
                if (place == null) {
                    throw new InvalidInputException("a job comes after \"" + name
                            + "\", and there is no job of this name: names are those of a JobFlow");
                }
                yield place < earlier.size()
                        ? new Wait(child, null, earlier.get(place).id().value(), need, name)
                        : new Wait(child, place - earlier.size() + 1, null, need, name);
            }
        };
    }

    boolean isEmpty() {
        return waits.isEmpty();
    }

    /** Sets the parameters that enqueue_v1 takes them by; none if there are none. */
    void bind(Parameters parameters) throws SQLException {
        if (!waits.isEmpty()) {
            parameters.array("int4", waits, Wait::child)
                    .arrayOrNull("int4", waits, Wait::parent)
                    .arrayOrNull("int8", waits, Wait::parentId)
                    .array("int2", waits, Wait::need)
                    .arrayOrNull("text", waits, Wait::name);
        }
    }

    static JobParent readParent(ResultSet row) throws SQLException {
        int state = row.getInt("state");
        return new JobParent(new JobId(row.getLong("parent_id")), Optional.ofNullable(row.getString("name")),
                row.getInt("need") == 1 ? After.Need.SUCCESS : After.Need.END,
                state == 0 ? Optional.empty() : Optional.of(JobRows.state(state)));
    }
}

package io.croft.job;

import io.croft.InvalidInputException;
import io.croft.input.Shown;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The answer to a flow.
 *
 * @param jobs the answers to its jobs, by their names
 */
public record FlowReceipt(Map<String, JobReceipt> jobs) {

    public FlowReceipt {
        jobs = Collections.unmodifiableMap(new LinkedHashMap<>(jobs));
    }

    /**
     * The answer to the job of this name.
     *
     * @throws InvalidInputException if the flow has none
     */
    public JobReceipt job(String name) {
        JobReceipt receipt = jobs.get(name);
        if (receipt == null) {
            throw new InvalidInputException("the flow had no job " + Shown.quoted(name));
        }
        return receipt;
    }
}

package io.croft.job;

import io.croft.InvalidInputException;

/**
 * The id of a job, given by the store; unique across organisations and meaningless to any but its own.
 *
 * @param value from 1
 */
public record JobId(long value) {

    public JobId {
        if (value < 1) {
            throw new InvalidInputException("job id " + value + " is not one: ids start at 1");
        }
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}

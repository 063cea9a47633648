package io.croft.job;

/**
 * How soon a job runs among the waiting jobs of its lane, that is of the same organisation and queue. Fairness between
 * organisations does not depend on it.
 */
public enum JobPriority {
    /** Before all others. */
    URGENT(1),
    /** Before normal ones. */
    HIGH(2),
    /** The default. */
    NORMAL(3),
    /** After all others. */
    LOW(4);

    private final int level;

    JobPriority(int level) {
        this.level = level;
    }

    /** The number that stores keep, 1 (first) to 4. */
    public int level() {
        return level;
    }

    /**
     * The priority with this number.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static JobPriority ofLevel(int level) {
        return switch (level) {
            case 1 -> URGENT;
            case 2 -> HIGH;
            case 3 -> NORMAL;
            case 4 -> LOW;
            default -> throw new IllegalArgumentException("no priority has level " + level);
        };
    }
}

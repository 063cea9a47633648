package io.croft.examples.quickstart;

/** Runs the quickstart and prints what it does. */
public final class Quickstart {

    private Quickstart() {
    }

    /**
     * Runs the quickstart.
     *
     * @param args ignored; system properties {@code croft.demo.folder} and {@code croft.demo.query} steer it
     */
    public static void main(String[] args) {
        System.out.println("Croft on Java " + Runtime.version().feature());
    }
}

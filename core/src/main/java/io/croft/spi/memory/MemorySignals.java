package io.croft.spi.memory;

import io.croft.spi.ChangeFeed.Listening;
import io.croft.spi.JobStore.Signal;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Tells all who listen, at once and on the thread of who tells. Thread-safe. */
final class MemorySignals {

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    void signal(Signal signal) {
        listeners.forEach(listener -> listener.accept(signal));
    }

    Listening listen(Consumer<Signal> heard) {
        Listener listener = new Listener(heard);
        listeners.add(listener);
        heard.accept(new Signal.Missed());
        return listener;
    }

    /** One who hears signals until it is closed. */
    private final class Listener implements Listening {
        private final Consumer<Signal> heard;

        Listener(Consumer<Signal> heard) {
            this.heard = heard;
        }

        void accept(Signal signal) {
            heard.accept(signal);
        }

        @Override
        public boolean hears() {
            return listeners.contains(this);
        }

        @Override
        public void close() {
            listeners.remove(this);
        }
    }
}

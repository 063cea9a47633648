package io.croft.benchmarks.tenancy;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Makes calls, and looks into what they answer and throw. Thread-safe. */
final class CanaryCalls {

    private final CanaryWatch watch;
    /** What an organisation has named of others and is kept for it since. */
    private final Map<Integer, Set<Canary>> learned = new ConcurrentHashMap<>();
    private final LongAdder made = new LongAdder();
    private final LongAdder thrown = new LongAdder();

    /** A call. */
    @FunctionalInterface
    interface Call<T> {

        T make() throws Exception;
    }

    CanaryCalls(CanaryWatch watch) {
        this.watch = watch;
    }

    /** Makes a call of an organisation; what it answers, unless it throws. */
    <T> Optional<T> own(CanaryOrg org, Call<T> call) {
        return make(CanaryPlace.OWN_ANSWERS, org.number(), Set.of(), call);
    }

    /** Makes a call that names another's value. */
    void foreign(CanaryOrg org, ForeignCall call, Object value, Call<?> made) {
        Set<Canary> given = watch.in(DeepText.in(value).content());
        if (call == ForeignCall.JOB_KEY) { // the job under that key is its own now
            learned.computeIfAbsent(org.number(), any -> ConcurrentHashMap.newKeySet()).addAll(given);
        }
        make(CanaryPlace.FOREIGN_ANSWERS, org.number(), given, made);
    }

    /** Makes a call of an operator of all organisations. */
    void operator(Call<?> call) {
        make(CanaryPlace.OPERATORS, -1, Set.of(), call);
    }

    private <T> Optional<T> make(CanaryPlace place, int org, Set<Canary> given, Call<T> call) {
        made.increment();
        Set<Canary> known = new HashSet<>(given);
        known.addAll(learned(org));
        try {
            T answer = call.make();
            DeepText text = DeepText.in(answer);
            look(place, org, known, text.content());
            look(place == CanaryPlace.OPERATORS ? place : CanaryPlace.TEXT_FORMS, org, known, text.forms());
            return Optional.ofNullable(answer);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in a call", e);
        } catch (Exception e) {
            thrown.increment();
            look(CanaryPlace.THROWN, org, known, DeepText.of(e));
            return Optional.empty();
        }
    }

    /** What it may have of others' since it named it. */
    Set<Canary> learned(int org) {
        return learned.getOrDefault(org, Set.of());
    }

    /** A listener of an organisation's job was told this. */
    void heard(CanaryOrg org, DeepText told) {
        look(CanaryPlace.JOB_NEWS, org.number(), Set.of(), told.content());
        look(CanaryPlace.TEXT_FORMS, org.number(), Set.of(), told.forms());
    }

    private void look(CanaryPlace place, int org, Set<Canary> given, String text) {
        watch.look(place, org, given, text.length() > 300 ? text.substring(0, 300) + "…" : text,
                text.getBytes(StandardCharsets.UTF_8));
    }

    /** How many were made. */
    long made() {
        return made.sum();
    }

    /** How many of them threw. */
    long thrown() {
        return thrown.sum();
    }
}

package io.croft.benchmarks.tenancy;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.Secret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Looks into whatever it is given for canaries and secrets, and keeps account of each place. What it is given before
 * all secrets are known it looks into when they are. Thread-safe.
 */
final class CanaryWatch {

    private static final int SHOWN = 100;
    private static final int AROUND = 120;

    /** What a pattern stands for: a canary, or else a secret. */
    private record Mark(Optional<Canary> canary, String name, String form) {
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Look(CanaryPlace place, int owner, Set<Canary> given, String where, byte[] bytes) {
    }

    /**
     * Something is where it must not be.
     *
     * @param what   the kind and organisation of the canary, or the secret
     * @param form   in which form
     * @param owner  the number of the organisation that the place is of
     * @param where  more about the place
     * @param around what stands there
     */
    record Leak(CanaryPlace place, String what, String form, int owner, String where, String around) {
    }

    /**
     * What was seen in a place.
     *
     * @param looks   how many files, lines, answers
     * @param bytes   how many bytes
     * @param allowed canaries that may be there
     * @param foreign canaries that may not, and secrets
     */
    record Account(long looks, long bytes, long allowed, long foreign) {

        static final Account NOTHING = new Account(0, 0, 0, 0);

        private Account plus(long moreBytes, long moreAllowed, long moreForeign) {
            return new Account(looks + 1, bytes + moreBytes, allowed + moreAllowed, foreign + moreForeign);
        }
    }

    private final List<Mark> marks = new ArrayList<>();
    private final PatternScan canaries;
    @GuardedBy("this")
    private final Map<CanaryPlace, Account> accounts = new EnumMap<>(CanaryPlace.class);
    @GuardedBy("this")
    private final List<Leak> leaks = new ArrayList<>();
    @GuardedBy("this")
    private final List<Look> waiting = new ArrayList<>();
    @GuardedBy("this")
    private Optional<PatternScan> scan = Optional.empty();

    /** The patterns by which the secrets are found come behind those of the canaries. */
    private final List<byte[]> patterns = new ArrayList<>();

    CanaryWatch(Collection<Canary> all) {
        for (Canary canary : all) {
            Disguises.of(canary.mark().getBytes(StandardCharsets.US_ASCII)).forEach((form, bytes) -> {
                marks.add(new Mark(Optional.of(canary), canary.kind() + " of organisation " + canary.org(), form));
                patterns.add(bytes);
            });
        }
        canaries = new PatternScan(patterns);
    }

    /** From now on it looks for either half of these too, also in what it was given before. */
    synchronized void begin(Map<String, Secret> secrets) {
        secrets.forEach((name, secret) -> {
            byte[] whole = secret.revealBytes();
            int half = (whole.length + 1) / 2;
            for (byte[] part : List.of(Arrays.copyOf(whole, half),
                    Arrays.copyOfRange(whole, whole.length - half, whole.length))) {
                Disguises.of(part).forEach((form, bytes) -> {
                    marks.add(new Mark(Optional.empty(), "the secret " + name, form));
                    patterns.add(bytes);
                });
            }
        });
        scan = Optional.of(new PatternScan(patterns));
        List<Look> before = List.copyOf(waiting);
        waiting.clear();
        before.forEach(this::take);
    }

    void look(CanaryPlace place, int owner, String where, String text) {
        look(place, owner, Set.of(), where, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Looks into these bytes.
     *
     * @param owner the number of the organisation that the place is of; negative for none
     * @param given canaries that the organisation has named itself
     * @param where more about the place, for the report
     */
    void look(CanaryPlace place, int owner, Set<Canary> given, String where, byte[] bytes) {
        take(new Look(place, owner, given, where, bytes));
    }

    private void take(Look look) {
        Optional<PatternScan> ready;
        synchronized (this) {
            ready = scan;
            if (ready.isEmpty()) {
                waiting.add(look);
                return;
            }
        }
        List<Leak> foreign = new ArrayList<>();
        Set<Mark> allowed = new HashSet<>();
        ready.get().find(look.bytes, (pattern, at) -> {
            Mark mark = marks.get(pattern);
            boolean may = mark.canary.filter(canary -> look.given.contains(canary)
                    || look.place.allows(canary, look.owner)).isPresent();
            if (may) {
                allowed.add(mark);
            } else {
                foreign.add(new Leak(look.place, mark.name, mark.form, look.owner, look.where,
                        around(look.bytes, at)));
            }
        });
        synchronized (this) {
            Account account = accounts.getOrDefault(look.place, Account.NOTHING);
            accounts.put(look.place, account.plus(look.bytes.length, allowed.size(), foreign.size()));
            leaks.addAll(foreign.stream().distinct().limit(Math.max(0, SHOWN - leaks.size())).toList());
        }
    }

    private static String around(byte[] bytes, int at) {
        int from = Math.max(0, at - AROUND);
        int to = Math.min(bytes.length, at + AROUND);
        return new String(bytes, from, to - from, StandardCharsets.UTF_8).replaceAll("[\\p{Cntrl}\ufffd]+", " ");
    }

    /** The canaries that a text holds as they are. */
    Set<Canary> in(String text) {
        Set<Canary> found = new HashSet<>();
        canaries.find(text.getBytes(StandardCharsets.UTF_8),
                (pattern, at) -> marks.get(pattern).canary.ifPresent(found::add));
        return found;
    }

    /** What was seen so far in each place. */
    synchronized Map<CanaryPlace, Account> accounts() {
        Map<CanaryPlace, Account> all = new EnumMap<>(CanaryPlace.class);
        for (CanaryPlace place : CanaryPlace.values()) {
            all.put(place, accounts.getOrDefault(place, Account.NOTHING));
        }
        return all;
    }

    /** The first leaks. */
    synchronized List<Leak> leaks() {
        return List.copyOf(leaks);
    }
}

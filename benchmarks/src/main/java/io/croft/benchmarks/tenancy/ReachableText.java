package io.croft.benchmarks.tenancy;

import com.github.benmanes.caffeine.cache.Cache;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The texts that an object of the library holds, in its fields and those of the library's objects behind it, in
 * collections, maps and caches: what it remembers. It does not look into Lucene, drivers and pools. Used by one thread,
 * once.
 */
final class ReachableText {

    private static final String OURS = "io.croft.";
    /** What proofs hold themselves, which the library was given to call. */
    private static final String PROOFS = "io.croft.benchmarks.";
    private static final int MOST = 5_000_000;

    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<Object> open = new ArrayDeque<>();
    private final StringBuilder text = new StringBuilder();

    private ReachableText() {
    }

    static String from(Object root) {
        ReachableText reached = new ReachableText();
        reached.meet(root);
        while (!reached.open.isEmpty() && reached.seen.size() < MOST) {
            reached.visit(reached.open.remove());
        }
        return reached.text.toString();
    }

    private void meet(@Nullable Object one) {
        if (one != null && !(one instanceof Class<?>) && !(one instanceof Number) && seen.add(one)) {
            open.add(one);
        }
    }

    private void visit(Object one) {
        switch (one) {
            case CharSequence chars -> text.append(chars).append('\n');
            case Path path -> text.append(path).append('\n'); // which is made of paths without end
            case Optional<?> held -> held.ifPresent(this::meet);
            case Cache<?, ?> cache -> meet(cache.asMap());
            case Map<?, ?> map -> map.forEach((key, value) -> {
                meet(key);
                meet(value);
            });
            case Iterable<?> all -> all.forEach(this::meet);
            case AtomicReference<?> held -> meet(held.get());
            case CompletableFuture<?> future -> {
                if (future.state() == Future.State.SUCCESS) {
                    meet(future.resultNow());
                }
            }
            default -> {
                if (one.getClass().isArray()) {
                    array(one);
                } else if (isOurs(one.getClass())) {
                    fields(one);
                }
            }
        }
    }

    private void array(Object array) {
        Class<?> of = array.getClass().getComponentType();
        if (of == char.class) {
            text.append((char[]) array).append('\n');
        } else if (!of.isPrimitive()) {
            for (int i = 0; i < Array.getLength(array); i++) {
                meet(Array.get(array, i));
            }
        }
    }

    private static boolean isOurs(Class<?> type) {
        return type.getName().startsWith(OURS) && !type.getName().startsWith(PROOFS);
    }

    private void fields(Object one) {
        for (Class<?> type = one.getClass(); type != null && isOurs(type); type = type.getSuperclass()) {
            for (Field field : List.of(type.getDeclaredFields())) {
                if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
                    field.setAccessible(true);
                    try {
                        meet(field.get(one));
                    } catch (IllegalAccessException e) {
                        throw new IllegalStateException(field + " cannot be read", e);
                    }
                }
            }
        }
    }
}

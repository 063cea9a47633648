package io.croft.spi.contract;

import io.croft.OrgId;
import io.croft.search.FieldValue;
import io.croft.search.Filter;
import io.croft.search.Sort;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Made-up documents with fields of every type, changed at random, and what filters, sorts and facets mean of them: by
 * looking at each.
 */
final class Animals {

    static final String[] WORDS = {"saddle", "bridle", "pony", "stable", "leather"};
    private static final String[] KINDS = {"cob", "cobra", "mare", "Mare", "mär", "😀", "\uffee", "a b"};
    private static final double[] PRICES = {-1e300, -2.5, -1, 0, 1, 1.5, 2, 3e9, 1e300};
    private static final String[] DAYS = {"0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z",
            "2026-02-03T04:05:06Z", "2026-02-03T04:05:06.000001Z", "9999-12-31T23:59:59Z"};

    private final OrgId org;
    private final Random random;
    private final Map<String, Animal> all = new TreeMap<>();

    /** One document, its values as Java has them. */
    private record Animal(String id, @Nullable String kind, Set<String> tags, @Nullable Double price,
            @Nullable Instant seen, @Nullable Boolean sold, List<String> texts) {

        boolean has(String word) {
            return texts.stream().anyMatch(text -> List.of(text.split(" ", -1)).contains(word));
        }

        /** The value that a sort goes by, as something that can be compared. */
        Optional<Comparable<?>> value(String field) {
            return Optional.ofNullable(switch (field) {
                case "kind" -> kind == null ? null : codePoints(kind);
                case "price" -> price;
                case "seen" -> seen;
                case "sold" -> sold;
                default -> throw new IllegalArgumentException(field);
            });
        }
    }

    Animals(OrgId org, Random random) {
        this.org = org;
        this.random = random;
    }

    /** Text whose order by characters is that of code points. */
    private static String codePoints(String text) {
        StringBuilder ordered = new StringBuilder();
        text.codePoints().forEach(point -> ordered.append(String.format("%08x", point)));
        return ordered.toString();
    }

    /** Makes or changes so many documents, of so many possible ones, or deletes some; what an index has to apply. */
    List<ContentChunks> change(int count, int possible) {
        Map<String, ContentChunks> changed = new HashMap<>();
        for (int i = 0; i < count; i++) {
            String id = "d" + random.nextInt(possible);
            if (random.nextInt(5) == 0) {
                all.remove(id);
                changed.put(id, ContentChunks.none(new ContentKey(org, id)));
            } else {
                Animal animal = animal(id);
                all.put(id, animal);
                changed.put(id, content(animal));
            }
        }
        return List.copyOf(changed.values());
    }

    private Animal animal(String id) {
        Set<String> tags = new TreeSet<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            tags.add(KINDS[random.nextInt(KINDS.length)]);
        }
        List<String> texts = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            texts.add(WORDS[random.nextInt(WORDS.length)] + " " + WORDS[random.nextInt(WORDS.length)]);
        }
        return new Animal(id, maybe(KINDS[random.nextInt(KINDS.length)]), tags,
                maybe(PRICES[random.nextInt(PRICES.length)]),
                maybe(Instant.parse(DAYS[random.nextInt(DAYS.length)])), maybe(random.nextBoolean()), texts);
    }

    private <T> @Nullable T maybe(T value) {
        return random.nextInt(4) == 0 ? null : value;
    }

    private ContentChunks content(Animal animal) {
        Map<String, String> fields = new HashMap<>();
        // What cannot be read as the declared type is as good as not there.
        fields.put("kind", animal.kind == null ? "" : animal.kind);
        fields.put("price", animal.price == null ? "5 €" : animal.price.toString());
        fields.put("seen", animal.seen == null ? "yesterday" : animal.seen.toString());
        if (animal.sold != null) {
            fields.put("sold", animal.sold.toString());
        }
        if (!animal.tags.isEmpty()) {
            fields.put("tags", String.join("\n", animal.tags));
        }
        List<Chunk> chunks = new ArrayList<>();
        for (String text : animal.texts) {
            float[] vector = {random.nextFloat(), random.nextFloat(), random.nextFloat(), random.nextFloat()};
            double length = Math.sqrt(vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2]
                    + vector[3] * vector[3]);
            for (int d = 0; d < vector.length; d++) {
                vector[d] = (float) (vector[d] / length);
            }
            chunks.add(new Chunk(chunks.size(), 0, text.length(), text, vector));
        }
        return new ContentChunks(new ContentKey(org, animal.id), 1, IndexFixture.MODEL.id(), Instant.EPOCH, "", fields,
                chunks);
    }

    /** A filter of up to this depth. */
    Filter filter(int depth) {
        return switch (random.nextInt(depth > 1 ? 12 : 8)) {
            case 0 -> random.nextBoolean()
                    ? Filter.equals("kind", KINDS[random.nextInt(KINDS.length)])
                    : Filter.equals("price", PRICES[random.nextInt(PRICES.length)]);
            case 1 -> Filter.equals("tags", KINDS[random.nextInt(KINDS.length)]);
            case 2 ->
                    Filter.in(random.nextBoolean() ? "kind" : "tags", List.of(KINDS).subList(0, 1 + random.nextInt(5)));
            case 3 -> random.nextBoolean()
                    ? Filter.equals("seen", Instant.parse(DAYS[random.nextInt(DAYS.length)]))
                    : Filter.equals("sold", random.nextBoolean());
            case 4 -> numbers();
            case 5 -> moments();
            case 6 -> Filter.exists(List.of("kind", "tags", "price", "seen", "sold").get(random.nextInt(5)));
            case 7 -> Filter.prefix(random.nextBoolean() ? "kind" : "tags",
                    List.of("c", "cob", "M", "m", "mä", "😀", "x").get(random.nextInt(7)));
            case 8 -> Filter.all(filters(depth - 1));
            case 9 -> Filter.any(filters(depth - 1));
            default -> Filter.not(filter(depth - 1));
        };
    }

    private Filter[] filters(int depth) {
        Filter[] filters = new Filter[1 + random.nextInt(3)];
        for (int i = 0; i < filters.length; i++) {
            filters[i] = filter(depth);
        }
        return filters;
    }

    /** A range of prices, with ends at prices and between them. */
    Filter.Range numbers() {
        double some = PRICES[random.nextInt(PRICES.length)] + random.nextInt(2) / 4.0;
        Filter.Range range = Filter.range("price");
        Filter.Range from = random.nextBoolean() ? range.atLeast(some) : range.above(some);
        double other = PRICES[random.nextInt(PRICES.length)];
        return switch (random.nextInt(4)) {
            case 0 -> from;
            case 1 -> range.atMost(other);
            case 2 -> from.atMost(other);
            default -> from.below(other);
        };
    }

    private Filter.Range moments() {
        Instant some = Instant.parse(DAYS[random.nextInt(DAYS.length)]);
        Filter.Range range = Filter.range("seen");
        Filter.Range from = random.nextBoolean() ? range.atLeast(some) : range.after(some);
        Instant other = Instant.parse(DAYS[random.nextInt(DAYS.length)]);
        return switch (random.nextInt(4)) {
            case 0 -> from;
            case 1 -> range.atMost(other);
            case 2 -> from.atMost(other);
            default -> from.before(other);
        };
    }

    /** The ids of all that pass, and have this word unless it is empty. */
    List<String> passing(Filter filter, String word) {
        return matching(filter, word).stream().map(Animal::id).toList();
    }

    private List<Animal> matching(Filter filter, String word) {
        return all.values().stream().filter(animal -> passes(animal, filter))
                .filter(animal -> word.isEmpty() || animal.has(word)).toList();
    }

    /** The ids of the first by this sort. */
    List<String> sorted(Filter filter, String word, Sort.ByField sort, int most) {
        @SuppressWarnings("unchecked")
        Comparator<Animal> values = (one, other) -> ((Comparable<Object>) one.value(sort.field()).orElseThrow())
                .compareTo(other.value(sort.field()).orElseThrow());
        Comparator<Animal> directed = sort.direction() == Sort.Direction.ASCENDING ? values : values.reversed();
        Comparator<Animal> order = (one, other) -> {
            boolean has = one.value(sort.field()).isPresent();
            boolean otherHas = other.value(sort.field()).isPresent();
            return has && otherHas ? directed.compare(one, other) : Boolean.compare(otherHas, has);
        };
        return matching(filter, word).stream().sorted(order.thenComparing(Animal::id)).limit(most).map(Animal::id)
                .toList();
    }

    /** How many have each keyword. */
    Map<String, Long> counts(Filter filter, String word, String field) {
        Map<String, Long> counts = new HashMap<>();
        for (Animal animal : matching(filter, word)) {
            Set<String> values = switch (field) {
                case "tags" -> animal.tags;
                case "kind" -> animal.kind == null ? Set.of() : Set.of(animal.kind);
                default -> animal.sold == null ? Set.of() : Set.of(animal.sold.toString());
            };
            values.forEach(value -> counts.merge(value, 1L, Long::sum));
        }
        return counts;
    }

    /** How many have a price in a range. */
    long count(Filter filter, String word, Filter.Range range) {
        return matching(filter, word).stream().filter(animal -> passes(animal, range)).count();
    }

    private static boolean passes(Animal animal, Filter filter) {
        return switch (filter) {
            case Filter.Equals equals -> is(animal, equals.field(), equals.value());
            case Filter.In in -> in.values().stream().anyMatch(value -> is(animal, in.field(), value));
            case Filter.Range range -> range.field().equals("price")
                    ? within(animal.price, range, end -> ((FieldValue.Numeric) end).number())
                    : within(animal.seen, range, end -> ((FieldValue.Moment) end).at());
            case Filter.Exists exists -> exists.field().equals("tags")
                    ? !animal.tags.isEmpty()
                    : animal.value(exists.field()).isPresent();
            case Filter.Prefix prefix -> keywords(animal, prefix.field(), word -> word.startsWith(prefix.prefix()));
            case Filter.All all -> all.filters().stream().allMatch(one -> passes(animal, one));
            case Filter.Any any -> any.filters().stream().anyMatch(one -> passes(animal, one));
            case Filter.Not not -> !passes(animal, not.filter());
        };
    }

    private static boolean is(Animal animal, String field, FieldValue value) {
        return switch (value) {
            case FieldValue.Keyword keyword -> keywords(animal, field, keyword.text()::equals);
            case FieldValue.Numeric numeric -> animal.price != null && animal.price == numeric.number();
            case FieldValue.Moment moment -> moment.at().equals(animal.seen);
            case FieldValue.Truth truth -> animal.sold != null && animal.sold == truth.isTrue();
        };
    }

    private static boolean keywords(Animal animal, String field, Predicate<String> wanted) {
        return field.equals("tags")
                ? animal.tags.stream().anyMatch(wanted)
                : animal.kind != null && wanted.test(animal.kind);
    }

    private static <T extends Comparable<T>> boolean within(@Nullable T value, Filter.Range range,
            java.util.function.Function<FieldValue, T> read) {
        if (value == null) {
            return false;
        }
        int below = range.lower().map(end -> value.compareTo(read.apply(end.value()))).orElse(1);
        int above = range.upper().map(end -> read.apply(end.value()).compareTo(value)).orElse(1);
        boolean fromHere = below > 0
                || (below == 0 && range.lower().orElseThrow().edge() == Filter.Edge.INCLUDED);
        boolean toHere = above > 0
                || (above == 0 && range.upper().orElseThrow().edge() == Filter.Edge.INCLUDED);
        return fromHere && toHere;
    }
}

package io.croft.examples.quickstart;

import io.croft.Croft;
import io.croft.TenantContext;
import io.croft.search.Hit;
import io.croft.search.Score;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.Source;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;

/** Asks a question and prints the answer as a table. */
final class Answers {

    private static final int HITS = 5;
    private static final int TITLE_CHARS = 52;

    private final Croft croft;
    private final Map<?, String> names;
    private final PrintStream out;

    /**
     * @param names what to call an organisation, by its {@code OrgId}
     */
    Answers(Croft croft, Map<?, String> names, PrintStream out) {
        this.croft = croft;
        this.names = names;
        this.out = out;
    }

    SearchResults ask(TenantContext who, String question) {
        SearchResults results = croft.search().search(who, SearchQuery.of(question).limit(HITS));
        out.printf(Locale.ROOT, "%n%s asks: \"%s\"%n", name(who.org()), question);
        Table table = new Table("#", "source", "whose", "title", "score", "= vector", "+ text", "cosine");
        int place = 1;
        for (Hit hit : results.hits()) {
            table.row(Integer.toString(place++), hit.source() == Source.PRIVATE ? "private" : "market",
                    name(hit.org()), cut(hit.title().isEmpty() ? hit.id() : hit.title(), TITLE_CHARS),
                    number(hit.score().value()), number(part(hit, "vector")), number(part(hit, "text")),
                    number(hit.signals().cosine()));
        }
        table.print(out);
        if (!results.hits().isEmpty()) {
            out.println("  best: " + cut(results.hits().getFirst().snippet().replaceAll("\\s+", " "), 150));
        }
        results.incomplete().forEach(one -> out.println("  incomplete: " + one.source() + ", " + one.detail()));
        out.printf(Locale.ROOT, "  %d hits in %.1f ms%n", results.hits().size(), results.took().toNanos() / 1e6);
        return results;
    }

    private String name(Object org) {
        return names.getOrDefault(org, String.valueOf(org));
    }

    private static double part(Hit hit, String name) {
        return hit.score().parts().stream().filter(part -> part.name().equals(name)).mapToDouble(Score.Part::value)
                .sum();
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    private static String cut(String text, int chars) {
        return text.length() <= chars ? text : text.substring(0, text.offsetByCodePoints(0, chars - 3)) + "...";
    }
}

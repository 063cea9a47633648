package io.croft.examples.quickstart;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.search.Hit;
import io.croft.search.SearchResults;
import io.croft.search.Source;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Three organisations of a horse market town, their private documents, what they publish, and what they ask. */
final class HorseTown {

    private static final Pattern LIST = Pattern.compile(",\\s*");
    private static final Map<String, String> NAMES = new LinkedHashMap<>();

    static {
        NAMES.put("riding-school", "Riding school");
        NAMES.put("vet-practice", "Vet practice");
        NAMES.put("saddlery", "Saddlery");
    }

    private final Croft croft;
    private final PrintStream out;
    private final Map<String, TenantContext> members = new LinkedHashMap<>();
    private final Map<OrgId, String> names = new LinkedHashMap<>();

    HorseTown(Croft croft, PrintStream out) {
        this.croft = croft;
        this.out = out;
        NAMES.forEach((key, name) -> {
            OrgId org = OrgId.named(key);
            members.put(key, TenantContext.of(org, Actor.user("demo", Role.ADMIN)));
            names.put(org, name);
        });
    }

    TenantContext ridingSchool() {
        return member("riding-school");
    }

    void moveIn() throws InterruptedException {
        Table table = new Table("organisation", "private documents", "marketplace listings");
        List<Ingestion.Written> written = new ArrayList<>();
        members.forEach((key, who) -> {
            croft.orgs().create(who);
            List<Document> documents = Texts.documents(key);
            List<Listing> listings = Texts.listings(key);
            List<WriteReceipt> receipts = new ArrayList<>(croft.documents().putAll(who, documents));
            receipts.addAll(croft.marketplace().publishAll(who, listings));
            written.add(new Ingestion.Written(who, receipts));
            table.row(names.getOrDefault(who.org(), key), Integer.toString(documents.size()),
                    Integer.toString(listings.size()));
        });
        table.print(out);
        out.println("Stored; the queue now cuts, embeds and indexes them:");
        new Ingestion(croft, out).await(written);
        waitUntilVisible(written);
    }

    /** The last write of each organisation being visible, all its earlier ones are. */
    private void waitUntilVisible(List<Ingestion.Written> written) {
        for (Ingestion.Written one : written) {
            for (Source source : Source.values()) {
                one.receipts().stream().filter(receipt -> receipt.source() == source)
                        .forEach(receipt -> Quickstart.waitFor(croft, one.who(), receipt));
            }
        }
    }

    void askAround() {
        Properties questions = Texts.questions();
        Answers answers = new Answers(croft, names, out);
        for (String key : LIST.splitAsStream(questions.getProperty("order")).toList()) {
            String asker = questions.getProperty(key + ".asker");
            SearchResults results = answers.ask(member(asker), questions.getProperty(key + ".text"));
            String never = questions.getProperty(key + ".never", "");
            if (!never.isEmpty()) {
                checkNoneOf(results, never);
            }
        }
    }

    /** Says in numbers that nothing private of another organisation was found, and fails if something was. */
    private void checkNoneOf(SearchResults results, String folder) {
        String owner = folder.substring("private/".length(), folder.length() - 1);
        Set<String> ids = Texts.documents(owner).stream().map(Document::id).collect(Collectors.toSet());
        OrgId org = member(owner).org();
        long foreign = results.hits().stream().filter(hit -> hit.source() == Source.PRIVATE)
                .filter(hit -> hit.org().equals(org) || ids.contains(hit.id())).map(Hit::id).count();
        out.printf("  of the %s's %d private documents it sees %d%n",
                names.getOrDefault(org, owner).toLowerCase(Locale.ROOT),
                ids.size(), foreign);
        if (foreign > 0) {
            throw new IllegalStateException("private documents of " + owner + " were found by another organisation");
        }
    }

    private TenantContext member(String key) {
        TenantContext who = members.get(key);
        if (who == null) {
            throw new IllegalArgumentException("no organisation " + key);
        }
        return who;
    }
}

package io.croft.ingest.crawl;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Keeps pages by id, and writes down what it was told. */
final class KeptPages implements PageSink {

    private final Map<String, String> pages = new TreeMap<>();
    private final List<String> told = new ArrayList<>();

    @Override
    public void keep(CrawledPage page) {
        pages.put(page.id(), page.title() + "\n" + new String(page.content(), StandardCharsets.UTF_8));
        told.add("keep " + page.id());
    }

    @Override
    public void remove(String id) {
        pages.remove(id);
        told.add("remove " + id);
    }

    @Override
    public boolean holds(String id) {
        return pages.containsKey(id);
    }

    Map<String, String> pages() {
        return pages;
    }

    /** What it was told since this was asked last. */
    List<String> told() {
        List<String> all = List.copyOf(told);
        told.clear();
        return all;
    }
}

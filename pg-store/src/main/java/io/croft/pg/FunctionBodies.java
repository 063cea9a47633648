package io.croft.pg;

import io.croft.pg.tx.Schema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the functions of the schema do, as the migrations define them: the audit compares what it finds with it. */
final class FunctionBodies {

    private static final Pattern DEFINITION = Pattern.compile(
            "CREATE (OR REPLACE )?FUNCTION \\$\\{schema}\\.(\\w+)\\s*\\(.*?AS \\$fn\\$(.*?)\\$fn\\$", Pattern.DOTALL);

    private FunctionBodies() {
    }

    /** By name; several where functions share one. */
    static Map<String, List<String>> of(Schema schema) {
        Map<String, List<String>> bodies = new HashMap<>();
        for (String file : Migrations.FILES) {
            Matcher definition = DEFINITION.matcher(Migrations.read("migration/" + file));
            while (definition.find()) {
                List<String> named = bodies.computeIfAbsent(definition.group(2), name -> new ArrayList<>());
                if (definition.group(1) != null) {
                    named.clear(); // what it said before is not what this release says
                }
                named.add(definition.group(3).replace("${schema}", schema.name()));
            }
        }
        return bodies;
    }
}

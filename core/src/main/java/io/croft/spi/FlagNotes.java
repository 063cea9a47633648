package io.croft.spi;

import io.croft.OrgId;
import io.croft.flags.FlagSetting;
import java.util.Map;
import java.util.Optional;

/** What stores write down of flags: the same in all of them. */
public final class FlagNotes {

    private FlagNotes() {
    }

    /** Another setting. */
    public static AuditNote set(Acting by, Optional<OrgId> org, String flag, FlagSetting before, FlagSetting after) {
        return new AuditNote(by, org, "flags.set", flag, Map.of("setting", before.name()),
                Map.of("setting", after.name()));
    }
}

import HoldfastJournal

/// The table of named cases.
enum NamedCases {
    typealias Change = (inout DamageStage) -> Verdict

    static let all: [DamageCase] = (Self.ends + Self.segments + Self.manifests + Self.snapshots)
        .map { name, change in
            var stage = DamageStage()
            let expected = change(&stage)
            return DamageCase(
                name: name, files: stage.builder.files, identity: stage.builder.identity,
                knownEnds: stage.knownEnds, fromLSN: stage.fromLSN, expected: expected)
        }
}

internal import Configuration
internal import Synchronization

/// The places a setting can come from, the strongest first: flags, environment, file. Each is a snapshot
/// of swift-configuration; values are read as text, so that one parser judges all of them in the same words.
struct SettingSources {
    private struct Source {
        let snapshot: any ConfigSnapshot
        /// Says to a person where a setting stands in this source.
        let place: (Setting) -> String
        /// Paths in it start at the configuration file's folder.
        let isFile: Bool
    }

    private var sources: [Source] = []

    /// - Parameters:
    ///   - flags: As on the command line, without the program's name: `--stock-port 0`, `--stock-port=0`.
    ///   - environment: All variables; only `HOLDFAST_…` ones are read.
    ///   - file: Path and text of the YAML file, if there is one.
    init(
        flags: [String], environment: [String: String], file: (path: String, text: String)?
    ) throws(ConfigurationError) {
        try Self.checkFlags(flags)
        // The provider takes the first argument for the program's name and encodes a key as its components joined
        // with dashes, so underscores become component borders.
        let arguments = CommandLineArgumentsProvider(arguments: ["holdfast"] + flags)
        self.sources.append(
            Source(
                snapshot: arguments.mapKeys { key in
                    AbsoluteConfigKey(
                        key.components.flatMap { $0.split(separator: "_").map(String.init) })
                }.snapshot(),
                place: { "flag \($0.flag)" }, isFile: false))
        self.sources.append(
            Source(
                snapshot: EnvironmentVariablesProvider(environmentVariables: environment)
                    .prefixKeys(with: "holdfast").snapshot(),
                place: { "variable \($0.variable)" }, isFile: false))
        if let file {
            self.sources.append(
                Source(
                    snapshot: try Self.readFile(file.path, text: file.text),
                    place: { "\($0.name) in \(file.path)" }, isFile: true))
        }
    }

    /// One setting's text and where it stands.
    struct Found {
        let values: [String]
        let place: String
        let isFromFile: Bool
    }

    /// The value of the strongest source that has one; nil: none has, so the default counts.
    func value(of setting: Setting) throws(ConfigurationError) -> Found? {
        let key = AbsoluteConfigKey(setting.name.split(separator: ".").map(String.init))
        for source in self.sources {
            let place = source.place(setting)
            let result: ConfigValue?
            do {
                let type: ConfigType = setting.shape == .list ? .stringArray : .string
                result = try source.snapshot.value(forKey: key, type: type).value
            } catch {
                throw ConfigurationError(
                    .badValue, subject: setting.name,
                    message: "\(place): must be \(setting.shape == .list ? "a list" : "one value")"
                        + "; \(setting.documentation)")
            }
            switch result?.content {
            case .string(let text):
                return Found(values: [text], place: place, isFromFile: source.isFile)
            case .stringArray(let list):
                return Found(values: list, place: place, isFromFile: source.isFile)
            default: continue
            }
        }
        return nil
    }

    /// Flags are `--name value`, `--name=value`; anything else is a slip that must not be ignored.
    private static func checkFlags(_ flags: [String]) throws(ConfigurationError) {
        var valueExpected = false
        for flag in flags {
            guard flag.hasPrefix("--") else {
                guard valueExpected else {
                    throw ConfigurationError(
                        .unknownFlag, subject: flag,
                        message: "'\(flag)' belongs to no flag; write --name value")
                }
                continue
            }
            let name = String(flag.prefix { $0 != "=" })
            guard SettingsTable.flagged(name) != nil else {
                let nearest = NearestName.find(name, among: SettingsTable.all.map(\.flag))
                let advice = nearest.map { "did you mean \($0)?" } ?? "see holdfast serve --help"
                throw ConfigurationError(
                    .unknownFlag, subject: name, message: "unknown flag \(name); \(advice)")
            }
            valueExpected = !flag.contains("=")
        }
    }

    private static func readFile(
        _ path: String, text: String
    ) throws(ConfigurationError) -> any ConfigSnapshot {
        // A file of comments alone is a file without settings, which the parser would refuse.
        let isEmpty = text.split(whereSeparator: \.isNewline).allSatisfy { line in
            let content = line.drop { $0 == " " || $0 == "\t" }
            return content.isEmpty || content.first == "#" || content == "---"
        }
        if isEmpty { return InMemoryProvider(name: path, values: [:]).snapshot() }
        // The parser asks for each key whether it is secret: the one way to learn which keys the file has.
        let keys = KeyCollector()
        let options = YAMLSnapshot.ParsingOptions(
            secretsSpecifier: .dynamic { key, _ in
                keys.add(key)
                return false
            })
        let snapshot: YAMLSnapshot
        do {
            var copy = text
            snapshot = try copy.withUTF8 { bytes in
                try YAMLSnapshot(
                    data: bytes.span.bytes, providerName: path, parsingOptions: options)
            }
        } catch {
            let words = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
            throw ConfigurationError(
                .fileMalformed, subject: path,
                message: "\(path) cannot be read as settings: \(words); "
                    + "compare it with the file that holdfast init writes")
        }
        for key in keys.sorted where SettingsTable.named(key) == nil {
            let nearest = NearestName.find(key, among: SettingsTable.all.map(\.name))
            let advice = nearest.map { "did you mean \($0)?" } ?? "see holdfast serve --help"
            throw ConfigurationError(
                .unknownKey, subject: key, message: "unknown setting \(key) in \(path); \(advice)")
        }
        return snapshot
    }
}

/// Collects names from a closure that must be Sendable.
private final class KeyCollector: Sendable {
    private let keys = Mutex<Set<String>>([])

    func add(_ key: String) { self.keys.withLock { _ = $0.insert(key) } }

    var sorted: [String] { self.keys.withLock { $0.sorted() } }
}

internal import Logging

/// Turns the text of settings into values, and says what is allowed when that fails.
struct SettingReader {
    let sources: SettingSources
    /// Where relative paths of the file and of the defaults start; those of flags and variables start at the working
    /// directory, as everything does that is typed in a shell.
    let directory: String

    func text(_ name: String) throws(ConfigurationError) -> String {
        let (text, place) = try self.scalar(name)
        guard !text.isEmpty else { throw self.refusal(name, text, place) }
        return text
    }

    func integer(
        _ name: String, _ range: ClosedRange<Int>
    ) throws(ConfigurationError) -> Int {
        let (text, place) = try self.scalar(name)
        guard let value = Int(text), range.contains(value) else {
            throw self.refusal(name, text, place)
        }
        return value
    }

    func choice<Choice: RawRepresentable<String>>(
        _ name: String, _ allowed: [Choice]
    ) throws(ConfigurationError) -> Choice {
        let (text, place) = try self.scalar(name)
        guard let value = allowed.first(where: { $0.rawValue == text }) else {
            throw self.refusal(name, text, place)
        }
        return value
    }

    func path(_ name: String) throws(ConfigurationError) -> String {
        let found = try self.found(name)
        guard let text = found.values.first, !text.isEmpty else {
            throw self.refusal(name, "", found.place)
        }
        return self.resolve(text, found)
    }

    func paths(_ name: String) throws(ConfigurationError) -> [String] {
        let found = try self.found(name)
        return found.values.map { self.resolve($0, found) }
    }

    /// Nil: none is named.
    func optionalPath(_ name: String) throws(ConfigurationError) -> String? {
        let found = try self.found(name)
        guard let text = found.values.first, !text.isEmpty else { return nil }
        return self.resolve(text, found)
    }

    /// The entries of a list, without empty ones.
    func list(_ name: String) throws(ConfigurationError) -> [String] {
        try self.found(name).values
    }

    func logLevel() throws(ConfigurationError) -> String {
        let (text, place) = try self.scalar("log.level")
        guard Logger.Level(rawValue: text) != nil else {
            throw self.refusal("log.level", text, place)
        }
        return text
    }

    func memoryBudget() throws(ConfigurationError) -> Int {
        let (text, place) = try self.scalar("memory.budget_bytes")
        guard let value = Int(text), value == 0 || value >= 16_777_216 else {
            throw self.refusal("memory.budget_bytes", text, place)
        }
        return value
    }

    func identities() throws(ConfigurationError) -> IdentityTable {
        let found = try self.found("identities")
        do {
            return try IdentityTable(entries: found.values)
        } catch {
            throw ConfigurationError(
                .badValue, subject: "identities", message: "\(found.place): \(error.message)")
        }
    }

    /// What stands somewhere, or the default; without blanks around, and without empty list entries.
    private func found(_ name: String) throws(ConfigurationError) -> SettingSources.Found {
        let setting = self.setting(name)
        let found = try self.sources.value(of: setting)
        switch setting.shape {
        case .scalar:
            return SettingSources.Found(
                values: [Self.trim(found?.values.first ?? setting.defaultText)],
                place: found?.place ?? "default of \(name)",
                isFromFile: found?.isFromFile ?? true)
        case .list:
            let values =
                found?.values ?? setting.defaultText.split(separator: ",").map(String.init)
            return SettingSources.Found(
                values: values.map(Self.trim).filter { !$0.isEmpty },
                place: found?.place ?? "default of \(name)",
                isFromFile: found?.isFromFile ?? true)
        }
    }

    private func scalar(
        _ name: String
    ) throws(ConfigurationError) -> (text: String, place: String) {
        let found = try self.found(name)
        return (found.values.first ?? "", found.place)
    }

    private func resolve(_ path: String, _ found: SettingSources.Found) -> String {
        found.isFromFile ? TextFile.resolve(path, against: self.directory) : path
    }

    private func setting(_ name: String) -> Setting {
        guard let setting = SettingsTable.named(name) else {
            preconditionFailure("setting \(name) is not in the table")
        }
        return setting
    }

    private func refusal(_ name: String, _ text: String, _ place: String) -> ConfigurationError {
        ConfigurationError(
            .badValue, subject: name,
            message: "\(place) is '\(text)'; allowed: \(self.setting(name).documentation)")
    }

    private static func trim(_ text: String) -> String {
        let front = text.drop { $0.isWhitespace }
        guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(front[...last])
    }
}

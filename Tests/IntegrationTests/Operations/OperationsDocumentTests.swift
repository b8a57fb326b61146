import Foundation
import HoldfastServer
import Testing

/// docs/OPERATIONS.md shows what there is: its command lines, statuses, settings and log lines.
@Suite("Operations: the document")
struct OperationsDocumentTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let page = OperationsDocumentTests.root.appendingPathComponent("docs/OPERATIONS.md")
    private let text: String

    init() throws { self.text = try String(contentsOf: Self.page, encoding: .utf8) }

    /// Lines of the blocks marked `sh`.
    var commandLines: [[String]] {
        var lines: [[String]] = []
        var isInside = false
        for line in self.text.split(separator: "\n") {
            if line.hasPrefix("```") {
                isInside = line == "```sh"
            } else if isInside {
                lines.append(line.split(separator: " ").map(String.init))
            }
        }
        return lines
    }

    @Test("every command line that it shows is there, with its flags")
    func shownCommands() throws {
        let ours = self.commandLines.filter { $0[0].hasPrefix("holdfast") }
        #expect(ours.count >= 15)
        for words in ours {
            let subcommands = words.dropFirst().prefix { !$0.hasPrefix("-") && !Self.isName($0) }
            let help = try Binary.run(words[0], subcommands + ["--help"])
            #expect(help.status == 0, "\(words)")
            #expect(
                help.standardOutput.contains(
                    "USAGE: \(words[0]) " + subcommands.joined(separator: " ")),
                "\(words): \(help.standardOutput.prefix(200))")
            for flag in words where flag.hasPrefix("-") {
                // Words of the help, without brackets and commas.
                let known = help.standardOutput.split { !$0.isLetter && $0 != "-" }.map(String.init)
                #expect(
                    known.contains(flag) || known.contains("\(flag)/--no-\(flag.dropFirst(2))"),
                    "\(words): no \(flag)")
            }
        }
    }

    /// What stands for the reader's own files.
    private static func isName(_ word: String) -> Bool { ["data", "backup", ">"].contains(word) }

    @Test("a command that is not there would be noticed: its help is another one's")
    func wrongCommand() throws {
        let help = try Binary.run("holdfast", ["journal", "mend", "--help"])
        #expect(!help.standardOutput.contains("USAGE: holdfast journal mend"))
    }

    @Test("its table of exit statuses is the code's")
    func statuses() throws {
        let table = try #require(
            self.text.components(separatedBy: "<!-- statuses -->").last?
                .components(separatedBy: "<!-- end -->").first)
        let listed = table.split(separator: "\n")
            .compactMap { $0.split(separator: "|").first }
            .compactMap { Int32($0.trimmingCharacters(in: .whitespaces)) }
        #expect(listed == [0] + StartupFailure.Status.allCases.map(\.rawValue).sorted())
    }

    @Test("every setting that it names is one")
    func settings() throws {
        let groups = Set(SettingsTable.all.map { $0.name.prefix { $0 != "." } })
        var count = 0
        for part in self.text.split(separator: "`") {
            let name = part.prefix { $0 != ":" }
            guard let dot = name.firstIndex(of: "."), groups.contains(name[..<dot]),
                name.allSatisfy({ $0.isLetter || $0 == "." || $0 == "_" })
            else { continue }
            count += 1
            #expect(SettingsTable.named(String(name)) != nil, "\(name)")
        }
        #expect(count > 8)
    }

    @Test("every log line that it names is written by the code")
    func logLines() throws {
        let words = [
            "data directory made", "replaying the journal", "journal replayed",
            "a torn tail was cut", "it is passed over", "there is no journal: the log ends with",
            "the clock is behind the journal", "unsafe setting", "no room for the journal",
            "room for the journal again", "the journal failed, nothing more is answered",
            "no snapshot",
        ]
        var source = ""
        for folder in ["Sources/HoldfastServer", "Sources/HoldfastJournal"] {
            let base = Self.root.appendingPathComponent(folder)
            for name in try FileManager.default.subpathsOfDirectory(atPath: base.path)
            where name.hasSuffix(".swift") {
                source += try String(contentsOf: base.appendingPathComponent(name), encoding: .utf8)
            }
        }
        let page = self.text.replacingOccurrences(of: "\n", with: " ")
        for line in words {
            #expect(page.contains(line), "the page no longer says: \(line)")
            #expect(source.contains(line), "no code writes: \(line)")
        }
    }

    // MARK: Who runs what

    /// Parts that promise or list, and tell nobody to do anything. What they promise is in the tests of what they name.
    private static let partsWithoutSteps = [
        "What is promised", "What is not", "Exit statuses of `holdfast`", "Sizing",
    ]

    /// A step begins with words in bold or with a number; what leads to the first one is a step too.
    private static func steps(of part: Substring) -> [String] {
        var steps = [""]
        for line in part.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("**") || line.prefix(3).wholeMatch(of: #/[0-9]\. /#) != nil {
                steps.append("")
            }
            steps[steps.count - 1] += line + "\n"
        }
        // A heading and one sentence in front of a list.
        if steps[0].split(separator: "\n").count <= 3 && steps.count > 1 { steps.removeFirst() }
        return steps
    }

    @Test("every step names the tests that run it, and they are there")
    func everyStepIsRun() throws {
        var tests: Set<String> = []
        let folder = Self.root.appendingPathComponent("Tests")
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        where name.hasSuffix(".swift") {
            var suite = ""
            let file = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            for line in file.split(separator: "\n") {
                if let found = line.firstMatch(of: /struct ([A-Za-z]+Tests)\b/) {
                    suite = String(found.1)
                } else if let found = line.firstMatch(of: /func ([A-Za-z]+)\(/) {
                    tests.insert("\(suite).\(found.1)")
                }
            }
        }
        let parts = self.text.split(separator: "\n## ").dropFirst()
        #expect(parts.count >= 12)
        var count = 0
        for part in parts {
            let title = String(part.prefix { $0 != "\n" })
            if Self.partsWithoutSteps.contains(title) { continue }
            for step in Self.steps(of: part) {
                let named = step.matches(of: /<!-- run by: (.*) -->/)
                    .flatMap { $0.1.split(separator: ", ").map(String.init) }
                #expect(!named.isEmpty, "nobody runs, in \(title): \(step)")
                for test in named { #expect(tests.contains(test), "there is no \(test)") }
                count += 1
            }
        }
        #expect(count >= 20, "\(count) steps")
    }
}

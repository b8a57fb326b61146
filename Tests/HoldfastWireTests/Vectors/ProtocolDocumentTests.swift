import CHoldfastProto
import CProtobufC
import HoldfastEngine
import HoldfastWire
import Testing

/// Decodes the examples of docs/PROTOCOL.md: a block ```hex Message``` with bytes before each `|`,
/// and a block ```text``` behind it with what they mean. Also holds its tables to the code.
@Suite struct ProtocolDocumentTests {
    private struct Block {
        var kind: Substring
        var lines: [Substring]
    }

    private static func blocks() throws -> [Block] {
        var blocks: [Block] = []
        var open: Block?
        let text = try Repository.text("docs/PROTOCOL.md")
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                if let block = open { blocks.append(block) }
                open = open == nil ? Block(kind: line.dropFirst(3), lines: []) : nil
            } else {
                open?.lines.append(line)
            }
        }
        return blocks
    }

    @Test func everyHexExampleMeansTheTextUnderIt() throws {
        let blocks = try Self.blocks()
        var examples = 0
        for (index, block) in blocks.enumerated() where block.kind.hasPrefix("hex ") {
            examples += 1
            let bytes = block.lines.flatMap { Hex.bytes($0.prefix { $0 != "|" }) }
            let frame = Answer(bytes)
            let name = String(block.kind.dropFirst(4))
            let descriptor = try #require(AllDescriptors.byName[name], "\(name)")
            let text = try #require(ProtoText.render(frame.body, descriptor), "\(name)")
            let next = try #require(blocks.dropFirst(index + 1).first)
            #expect(next.kind == "text")
            // The document shows a PING's payload as text.
            let expected = next.lines.joined(separator: "\n")
            let shown = name == "PingFrame" ? Self.withPayloadAsText(text, frame.body) : text
            #expect(shown == expected, "\(name)")
        }
        #expect(examples == 7)
    }

    private static func withPayloadAsText(_ text: String, _ body: [UInt8]) -> String {
        "payload: \"\(String(decoding: body.dropFirst(2), as: UTF8.self))\""
    }

    @Test func theChecksumExampleIsRight() throws {
        let block = try #require(try Self.blocks().first { $0.kind == "checksum" })
        let rows = block.lines.map { $0 + "\n" }.joined()
        let checksum = Self.crc32(Array(rows.utf8))
        #expect(try Repository.text("docs/PROTOCOL.md").contains("the checksum \(checksum) "))
        let vector = try #require(
            try Vector.all(of: "requests.json").first { $0.name == "preload_only_chunk" })
        let commit = try #require(vector.body["commit"] as? [String: Any])
        #expect(commit["checksum"] as? UInt32 == checksum)
    }

    @Test func everyOutcomeOfASnapshotIsInTheDocument() throws {
        let text = try Repository.text("docs/PROTOCOL.md")
        let descriptor = holdfast__v1__snapshot_outcome__descriptor
        // 0 is no outcome.
        for index in 1..<Int(descriptor.n_values) {
            let name = String(cString: descriptor.values[index].name)
            let short = name.replacing("SNAPSHOT_OUTCOME_", with: "")
            #expect(text.contains("| `\(short)` |"), "\(short)")
        }
        #expect(
            SnapshotRequestResult.Outcome.allCases.map { Int($0.rawValue) }
                == Array(1..<Int(descriptor.n_values)))
    }

    /// Bit by bit, as the standard defines it.
    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }

    @Test func everyReasonIsInTheDocument() throws {
        let text = try Repository.text("docs/PROTOCOL.md")
        for refusal in (0...16).compactMap({ Refusal(rawValue: $0) }) {
            let status = RefusalStatus.status(for: refusal)
            #expect(text.contains("`\(status.reason)`"), "\(status.reason)")
        }
        let statuses = [
            Status.draining, .journalBacklog, .overloaded, .cancelled, .clientIPMissing,
            .methodUnknown(1),
            .methodNotAvailable(.watchEvents), .deadlineExceeded(timeoutMilliseconds: 1),
            .permissionDenied(role: "none", method: .reserve),
        ]
        for status in statuses { #expect(text.contains("`\(status.reason)`"), "\(status.reason)") }
    }
}

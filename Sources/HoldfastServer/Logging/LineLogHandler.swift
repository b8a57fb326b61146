internal import Glibc
package import Logging

/// One line a record on standard error, as text or as JSON. For lifecycle and misbehaviour: never a line a request,
/// so a plain write is fine.
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let label: String
    private let isJSON: Bool
    private let descriptor: Int32

    package init(
        label: String, level: Logger.Level, isJSON: Bool, descriptor: Int32 = STDERR_FILENO
    ) {
        self.label = label
        self.logLevel = level
        self.isJSON = isJSON
        self.descriptor = descriptor
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let merged = self.metadata.merging(event.metadata ?? [:]) { $1 }
        let line = self.line(
            time: Self.timestamp(), level: event.level, message: "\(event.message)",
            metadata: merged.map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 })
        Self.write(line, to: self.descriptor)
    }

    /// The line without its time source, so that a test can compare it.
    package func line(
        time: String, level: Logger.Level, message: String, metadata: [(String, String)]
    ) -> String {
        guard self.isJSON else {
            var line = "\(time) \(level.rawValue) \(self.label): \(Self.oneLine(message))"
            for (key, value) in metadata {
                let text = Self.oneLine(value)
                line += text.contains(" ") ? " \(key)=\"\(text)\"" : " \(key)=\(text)"
            }
            return line + "\n"
        }
        var line = "{\"time\":\(JSONText.quote(time)),\"level\":\(JSONText.quote(level.rawValue))"
        line += ",\"logger\":\(JSONText.quote(self.label)),\"message\":\(JSONText.quote(message))"
        for (key, value) in metadata {
            line += ",\(JSONText.quote(key)):\(JSONText.quote(value))"
        }
        return line + "}\n"
    }

    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }

    private static func write(_ line: String, to descriptor: Int32) {
        var bytes = Array(line.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 {
                // Nobody reads the log: that must not stop the server.
                if errno == EINTR { continue }
                return
            }
            bytes = bytes.dropFirst(count)
        }
    }

    /// 2026-08-25T12:00:00.123Z.
    private static func timestamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        gmtime_r(&now.tv_sec, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
            guard let base = buffer.baseAddress else { return "" }
            strftime(base, 32, "%Y-%m-%dT%H:%M:%S", &parts)
            let milliseconds = String(now.tv_nsec / 1_000_000)
            let zeros = String(repeating: "0", count: 3 - milliseconds.utf8.count)
            return String(cString: base) + "." + zeros + milliseconds + "Z"
        }
    }
}

/// Text as a JSON string.
package enum JSONText {
    package static func quote(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

internal import HoldfastTransport
internal import Logging

/// Transport's events as log lines. Transport thins them out itself.
enum TransportLog {
    static func write(_ event: TransportLogEvent, to log: Logger) {
        var metadata: Logger.Metadata = ["kind": "\(event.kind.rawValue)"]
        if !event.listener.isEmpty { metadata["listener"] = "\(event.listener)" }
        if let address = event.remoteAddress { metadata["peer"] = "\(address)" }
        if event.suppressedCount > 0 { metadata["left_out"] = "\(event.suppressedCount)" }
        let level: Logger.Level =
            switch event.severity {
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            }
        log.log(level: level, "\(Printable.text(event.message))", metadata: metadata)
    }
}

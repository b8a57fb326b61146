package import Logging

/// The server's logger, as the settings want it.
package enum ServerLog {
    package static func make(_ configuration: ServerConfiguration) -> Logger {
        let level = Logger.Level(rawValue: configuration.logLevel) ?? .info
        let isJSON = configuration.logFormat == .json
        var logger = Logger(label: "holdfast") { label in
            LineLogHandler(label: label, level: level, isJSON: isJSON)
        }
        logger.logLevel = level
        return logger
    }
}

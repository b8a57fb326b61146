internal import HoldfastJournal
internal import HoldfastTransport

/// A setting that is on or off.
private enum Answer: String, CaseIterable {
    case yes = "true"
    case no = "false"
}

extension ServerConfiguration {
    /// Reads the settings: flags over environment over file over defaults.
    ///
    /// - Parameters:
    ///   - file: Path of the YAML file; nil: none is read. Relative paths inside are relative to its folder.
    ///   - flags: What stands behind `serve` and `--config FILE`.
    package static func load(
        file: String?, flags: [String] = [], environment: [String: String] = [:]
    ) throws(ConfigurationError) -> ServerConfiguration {
        guard let file else {
            return try self.parse(flags: flags, environment: environment, file: nil)
        }
        let text: String
        do {
            text = try TextFile.read(file)
        } catch {
            throw ConfigurationError(
                .fileUnreadable, subject: file,
                message: "the configuration \(file) cannot be read: \(error.message); "
                    + "name another with --config, or run holdfast init")
        }
        return try self.parse(flags: flags, environment: environment, file: (file, text))
    }

    /// The same from text that has been read.
    package static func parse(
        flags: [String] = [], environment: [String: String] = [:],
        file: (path: String, text: String)?
    ) throws(ConfigurationError) -> ServerConfiguration {
        let sources = try SettingSources(flags: flags, environment: environment, file: file)
        let directory = file.map { TextFile.directory(of: $0.path) } ?? ""
        let reader = SettingReader(sources: sources, directory: directory)

        var limits = TransportLimits()
        limits.connectionsMax = try reader.integer("limits.connections", 1...1_000_000)
        limits.connectionsPerAddressMax = try reader.integer(
            "limits.connections_per_ip", 1...1_000_000)
        limits.handshakesPerAddressPerSecond = try reader.integer(
            "limits.handshakes_per_ip_per_second", 1...1_000_000)
        limits.handshakesPerAddressMax = try reader.integer(
            "limits.handshakes_per_ip", 1...1_000_000)
        limits.handshakesMax = try reader.integer("limits.handshakes", 1...65_536)
        limits.handshakeMilliseconds = try reader.integer("limits.handshake_ms", 100...600_000)
        limits.frameMilliseconds = try reader.integer("limits.frame_ms", 100...600_000)
        limits.idleMilliseconds = try reader.integer("limits.idle_ms", 1_000...86_400_000)
        limits.outputBytesMax = try reader.integer("limits.output_bytes", 16_384...1_073_741_824)
        limits.outputStallMilliseconds = try reader.integer(
            "limits.output_stall_ms", 100...600_000)
        limits.outputBytesTotalMax = try reader.integer(
            "limits.buffers_bytes", 16_777_216...1 << 40)
        limits.queueMilliseconds = try reader.integer("limits.queue_ms", 0...60_000)
        limits.keyUpdatesPerSecond = try reader.integer(
            "limits.key_updates_per_second", 1...100_000)
        limits.logLinesPerSecondMax = try reader.integer("log.lines_per_second", 1...100_000)
        guard limits.outputBytesTotalMax >= 4 * limits.outputBytesMax else {
            throw ConfigurationError(
                .badValue, subject: "limits.buffers_bytes",
                message: "limits.buffers_bytes is \(limits.outputBytesTotalMax); it must be at "
                    + "least four times limits.output_bytes (\(limits.outputBytesMax))")
        }

        let configuration = ServerConfiguration(
            stockHost: try reader.text("stock.host"),
            stockPort: UInt16(try reader.integer("stock.port", 0...65_535)),
            stockClientCertificate: try reader.choice(
                "stock.client_certificate", [.required, .optional]),
            anonymousRole: try reader.choice("stock.anonymous_role", AnonymousRole.allCases),
            adminHost: try reader.text("admin.host"),
            adminPort: UInt16(try reader.integer("admin.port", 0...65_535)),
            certificateFile: try reader.path("tls.certificate"),
            privateKeyFile: try reader.path("tls.key"),
            clientCAFile: try reader.path("tls.client_ca"),
            identities: try reader.identities(),
            reactorCount: try reader.integer("reactors", 0...256),
            shardCount: try reader.integer("shards", 1...4_095),
            acceptsClock: try reader.choice("accept_clock", Answer.allCases) == .yes,
            acceptsSnapshot: try reader.choice("accept_snapshot", Answer.allCases) == .yes,
            lapsesMax: UInt16(try reader.integer("sale.lapses_max", 0...65_535)),
            retentionMilliseconds: Int64(
                try reader.integer("sale.retention_ms", 0...31_536_000_000)),
            memoryBudgetBytes: UInt64(try reader.memoryBudget()),
            memoryPrefaultBytes: try reader.integer(
                "memory.prefault_bytes", 0...1_099_511_627_776),
            transportLimits: limits,
            callsInFlightMax: try reader.integer("limits.calls_in_flight", 1...65_536),
            controlFramesPerSecondMax: try reader.integer(
                "limits.control_frames_per_second", 1...100_000),
            defaultTimeoutMilliseconds: UInt32(
                try reader.integer("limits.default_timeout_ms", 1...600_000)),
            stockFrameBytesMax: try reader.integer(
                "limits.stock_frame_bytes", 4_096...16_777_215),
            adminFrameBytesMax: try reader.integer(
                "limits.admin_frame_bytes", 65_536...16_777_215),
            drainMilliseconds: try reader.integer("limits.drain_ms", 0...4_000),
            logLevel: try reader.logLevel(),
            logFormat: try reader.choice("log.format", LogFormat.allCases),
            saleFiles: try reader.paths("data.sales"),
            dataDirectory: try reader.path("data.directory"),
            journalSync: try reader.choice("journal.sync", SyncMode.allCases),
            journalSegmentBytes: try reader.integer("journal.segment_bytes", 65_536...1 << 30)
                / JournalLayout.pageBytes * JournalLayout.pageBytes,
            journalSegmentsAhead: try reader.integer("journal.segments_ahead", 1...64),
            snapshotJournalBytes: try reader.integer("snapshot.journal_bytes", 0...1 << 40),
            snapshotIntervalMilliseconds: try reader.integer(
                "snapshot.interval_ms", 0...31_536_000_000),
            admission: try reader.admission())
        if configuration.anonymousRole != .none, configuration.stockClientCertificate == .required {
            throw ConfigurationError(
                .badValue, subject: "stock.anonymous_role",
                message: "stock.anonymous_role is \(configuration.anonymousRole.rawValue), but "
                    + "stock.client_certificate is required, so nobody is anonymous; set "
                    + "stock.client_certificate: optional, or stock.anonymous_role: none")
        }
        return configuration
    }
}

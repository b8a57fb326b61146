import HoldfastAdmission
import Testing

@testable import HoldfastServer

@Suite struct AdmissionSettingsTests {
    private func parse(
        _ yaml: String = "", flags: [String] = [], environment: [String: String] = [:]
    ) throws(ConfigurationError) -> AdmissionSettings {
        try ServerConfiguration.parse(
            flags: flags, environment: environment, file: ("conf/holdfast.yaml", yaml)
        ).admission
    }

    private func refusal(_ yaml: String) -> ConfigurationError? {
        do {
            _ = try self.parse(yaml)
            return nil
        } catch {
            return error
        }
    }

    @Test func theDefaultsAreThoseOfTheLibrary() throws {
        let settings = try self.parse()
        #expect(settings.mode == .enforce)
        #expect(settings.challenge == .observe)
        #expect(settings.limits == LimiterSettings())
        #expect(settings.rulesFile == nil)
        #expect(settings.riskCapacity == RiskCapacity())
    }

    @Test func everyModeCanBeWrittenWithAndWithoutQuotes() throws {
        // YAML 1.1 reads a bare off as a truth value.
        for mode in AdmissionSettings.Mode.allCases {
            #expect(try self.parse("admission:\n  mode: \(mode.rawValue)\n").mode == mode)
            #expect(try self.parse("admission:\n  mode: \"\(mode.rawValue)\"\n").mode == mode)
            #expect(try self.parse(flags: ["--admission-mode", mode.rawValue]).mode == mode)
            let environment = ["HOLDFAST_ADMISSION_MODE": mode.rawValue]
            #expect(try self.parse(environment: environment).mode == mode)
        }
    }

    @Test func whatIsNotEnforcedIsNamedAsUnsafe() throws {
        for (mode, names) in [
            ("observe", ["admission.mode"]), ("off", ["admission.mode"]), ("enforce", []),
        ] {
            let configuration = try ServerConfiguration.parse(
                flags: ["--admission-mode", mode], file: nil)
            #expect(configuration.unsafeSettings == names)
        }
    }

    @Test func limitsOfSalesAndNetworks() throws {
        let settings = try self.parse(
            """
            admission:
              user_limit: 3/10s sliding
              device_limit: unlimited
              sale_limits:
                - user 2/s burst 4 for sale-1
                - sale 50/s for sale-1
                - ip 9/m sliding for a sale for cats
              network_limits:
                - 203.0.113.0/24 500/s burst 900
                - 2001:db8::/48 20/s together
              rules: rules/mine.yaml

            """)
        #expect(settings.limits.user == .slidingWindow(limit: 3, windowMilliseconds: 10_000))
        #expect(settings.limits.device == .unlimited)
        #expect(
            settings.limits.sales == [
                SaleLimits(
                    saleID: "sale-1",
                    user: .tokenBucket(count: 2, periodMilliseconds: 1_000, burst: 4),
                    sale: .tokenBucket(count: 50, periodMilliseconds: 1_000, burst: 50)),
                SaleLimits(
                    saleID: "a sale for cats",
                    address: .slidingWindow(limit: 9, windowMilliseconds: 60_000)),
            ])
        let networks = settings.limits.networks
        #expect(networks.map(\.range.description) == ["203.0.113.0/24", "2001:db8::/48"])
        #expect(networks.map(\.counting) == [.eachAddress, .wholeRange])
        #expect(
            networks[1].policy == .tokenBucket(count: 20, periodMilliseconds: 1_000, burst: 20))
        #expect(settings.rulesFile == "conf/rules/mine.yaml")
    }

    @Test(arguments: [
        ("mode: never", "admission.mode", "observe"),
        ("user_limit: 1 a second", "admission.user_limit", "10/s burst 20"),
        ("ip_limit: 0/s", "admission.ip_limit", "count"),
        ("sale_limits: [\"user 2/s sale-1\"]", "admission.sale_limits", "for SALE-ID"),
        ("sale_limits: [\"buyer 2/s for sale-1\"]", "admission.sale_limits", "buyer"),
        ("network_limits: [\"10.0.0.1/8 2/s\"]", "admission.network_limits", "10.0.0.0/8"),
        ("network_limits: [\"10.0.0.0/8\"]", "admission.network_limits", "is no limit"),
        ("limiter_bytes: 1", "admission.limiter_bytes", "65536"),
        (
            "network_limits: [\"10.0.0.0/8 2/s\", \"10.0.0.0/8 3/s\"]", "admission",
            "twice"
        ),
    ])
    func badSettingsAreNamed(yaml: String, subject: String, says: String) {
        let wrong = self.refusal("admission:\n  \(yaml)\n")
        #expect(wrong?.subject == subject)
        #expect(wrong?.message.contains(says) == true, "\(wrong?.message ?? "taken")")
    }
}

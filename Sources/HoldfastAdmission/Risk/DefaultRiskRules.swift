extension RiskRules {
    /// The seed document's rules. `defaultYAML` says the same in a file; a test holds the two together.
    package static let defaults: RiskRules = {
        let second: Int64 = 1_000
        let minute = 60 * second
        let hour = 60 * minute
        let day = 24 * hour
        return RiskRules(
            version: 1,
            rules: [
                RiskRule(
                    id: "purchases_1h", feature: .purchasesPerUser, condition: .over(100),
                    windowMilliseconds: hour, effect: .add(500)),
                RiskRule(
                    id: "young_account", feature: .accountAge, condition: .below(day),
                    effect: .add(300)),
                RiskRule(
                    id: "many_devices", feature: .devicesPerUser, condition: .over(5),
                    windowMilliseconds: day, effect: .add(400)),
                RiskRule(
                    id: "accounts_on_ip_1h", feature: .accountsPerAddress, condition: .over(10),
                    windowMilliseconds: hour, effect: .add(300)),
                RiskRule(
                    id: "purchases_1m", feature: .purchasesPerUser, condition: .over(10),
                    windowMilliseconds: minute, effect: .raiseTo(800)),
                RiskRule(
                    id: "accounts_on_ip_1m", feature: .accountsPerAddress, condition: .over(5),
                    windowMilliseconds: minute, effect: .raiseTo(800)),
                RiskRule(
                    id: "young_account_large_order", feature: .largeOrderAge,
                    condition: .below(day), effect: .raiseTo(450)),
                RiskRule(
                    id: "scalper_calls_1s", feature: .callsPerUser, condition: .atLeast(100),
                    windowMilliseconds: second, effect: .raiseTo(1_000)),
            ])
    }()

    /// `DefaultRules.yaml`: what `holdfast init` writes and an operator edits.
    package static let defaultYAML = """
        # Risk rules and limits. Changes are taken while the server runs; a file with a mistake changes nothing, and the log says why.
        # Try a change first: holdfastctl risk test THIS-FILE
        #
        # Score of a call: the sum of every `add` that fires, at least the largest `raise_to` that fires, at most 1000.
        # Windows and ages need a unit: ms, s, m, h, d. mode: enforce, or observe (counted and shown, decides nothing).
        version: 1
        reject_above: 700
        challenge_above: 400
        # An order of this amount or more counts as large (minor units of the sale's currency).
        large_amount_minor: 1000000
        # The least score of a buyer whose history could not be kept since memory ran out.
        untracked_score: 450

        rules:
          - id: purchases_1h
            feature: purchases_per_user
            window: 1h
            over: 100
            add: 500
            mode: enforce
          # An account of unknown age counts as young; `missing: ignored` would let it pass.
          - id: young_account
            feature: account_age
            below: 1d
            missing: fires
            add: 300
            mode: enforce
          - id: many_devices
            feature: devices_per_user
            window: 1d
            over: 5
            add: 400
            mode: enforce
          - id: accounts_on_ip_1h
            feature: accounts_per_ip
            window: 1h
            over: 10
            add: 300
            mode: enforce
          - id: purchases_1m
            feature: purchases_per_user
            window: 1m
            over: 10
            raise_to: 800
            mode: enforce
          - id: accounts_on_ip_1m
            feature: accounts_per_ip
            window: 1m
            over: 5
            raise_to: 800
            mode: enforce
          # Quantity of at least max(2, limit), or an amount of at least large_amount_minor.
          - id: young_account_large_order
            feature: large_order_account_age
            below: 1d
            raise_to: 450
            mode: enforce
          - id: scalper_calls_1s
            feature: calls_per_user
            window: 1s
            at_least: 100
            raise_to: 1000
            mode: enforce

        # Networks that many buyers share: their own thresholds for the rules about addresses. Example:
        #   - range: 203.0.113.0/24
        #     name: head office
        #     thresholds:
        #       accounts_on_ip_1m: 200
        #       accounts_on_ip_1h: 500
        shared_networks: []

        # How often may be called: a token bucket (10/s burst 20), a window (5/10s sliding) or unlimited. What is not named
        # here is as the server's own settings say (admission.user_limit and so on); these are the defaults.
        # limits:
        #   user: 1/s burst 1
        #   ip: 100/s burst 1000
        #   device: 5/s burst 20
        #   sale: 1000000/s burst 1000000
        #   global: 2000000/s burst 2000000
        #   sales:
        #     - id: sale-1
        #       user: 2/s burst 4
        #   networks:
        #     - range: 203.0.113.0/24
        #       limit: 1000/s burst 5000
        #       together: false

        """
}

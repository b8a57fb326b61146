/// One thing that must be true of a sale, and whether it is.
struct SaleClaim: Encodable, Equatable, Sendable {
    var claim: String
    var holds: Bool
    /// The numbers behind it.
    var evidence: String
}

/// What must be true after a run, judged from the books and from what the server says.
enum SaleClaims {
    static func judge(
        plan: SalePlan, callCount: Int, ledger: SaleLedger, audit: SaleAudit
    ) -> [SaleClaim] {
        let units = ledger.unitsByBuyer
        let largest = units.values.max() ?? 0
        let soldByServer = audit.after.sold - audit.before.sold
        var claims = [
            SaleClaim(
                claim: "every call was answered", holds: ledger.answerCount == callCount,
                evidence: "\(ledger.answerCount) of \(callCount)"),
            SaleClaim(
                claim: "exactly \(plan.unitCount) units were granted, each once",
                holds: ledger.grants.count == plan.unitCount && ledger.sharedReservations == 0,
                evidence: "\(ledger.grants.count) reservations"),
            SaleClaim(
                claim: "exactly \(plan.unitCount) were paid, by the answers",
                holds: ledger.confirmedCount == plan.unitCount && ledger.failedPayments == 0,
                evidence: "\(ledger.confirmedCount) CONFIRMED, \(ledger.failedPayments) failed"),
            SaleClaim(
                claim: "exactly \(plan.unitCount) were sold and none is left, by GetStock",
                holds: soldByServer == plan.unitCount && audit.after.available == 0
                    && audit.after.held == audit.before.held
                    && audit.after.total
                        == audit.after.available + audit.after.held + audit.after.sold,
                evidence: "total \(audit.after.total), sold \(audit.after.sold), held "
                    + "\(audit.after.held), available \(audit.after.available)"),
            SaleClaim(
                claim: "each is CONFIRMED for the buyer it was granted to, by GetReservation",
                holds: audit.confirmedForTheirBuyer == plan.unitCount,
                evidence: "\(audit.confirmedForTheirBuyer) of \(plan.unitCount)"),
        ]
        if plan.limitPerUser > 0 {
            claims.append(
                SaleClaim(
                    claim:
                        "nobody is above the limit of \(plan.limitPerUser), by answers and GetStock",
                    holds: largest <= plan.limitPerUser
                        && audit.unitsOfOneBuyerMax <= plan.limitPerUser
                        && audit.unitsOfAllBuyers == plan.unitCount,
                    evidence:
                        "\(units.count) buyers have \(audit.unitsOfAllBuyers) units, the most "
                        + "\(audit.unitsOfOneBuyerMax); \(audit.buyersAsked) asked about"))
        }
        if plan.limitPerUser == 1 {
            claims.append(
                SaleClaim(
                    claim: "they went to \(plan.unitCount) different buyers",
                    holds: units.count == plan.unitCount, evidence: "\(units.count) buyers"))
        }
        return claims + self.judgeCheats(ledger)
    }

    private static func judgeCheats(_ ledger: SaleLedger) -> [SaleClaim] {
        let granted = "RESERVED"
        let badQuantities = ledger.answers {
            ($0.kind == .negativeQuantity || $0.kind == .hugeQuantity) && $0.what.hasPrefix(granted)
        }
        let honestSurprises = ledger.answers {
            $0.kind == .honest && $0.step == .reserve && $0.what != granted && $0.what != "SOLD_OUT"
        }
        return [
            SaleClaim(
                claim: "an honest buyer hears RESERVED or SOLD_OUT, nothing else",
                holds: honestSurprises == 0, evidence: "\(honestSurprises) other answers"),
            SaleClaim(
                claim: "a repeated call names the reservation of the first",
                holds: ledger.changedReplays == 0,
                evidence: "\(ledger.changedReplays) named another"),
            SaleClaim(
                claim: "negative and huge quantities get nothing", holds: badQuantities == 0,
                evidence: "\(badQuantities) granted"),
            SaleClaim(
                claim: "nobody's reservation was confirmed or cancelled by another",
                holds: ledger.thefts == 0,
                evidence:
                    "\(ledger.thefts) made-up ids took effect; \(ledger.refusedLooks) claims on "
                    + "others' were refused"),
        ]
    }
}

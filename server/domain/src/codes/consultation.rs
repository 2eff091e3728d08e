//! The volunteers' three desks, what people come with, and what comes of it.

code_table! {
    /// A desk at which volunteers advise.
    Desk: u8 {
        LegalAid = 1, "legal_aid", "法律援助", "Legal aid";
        LabourSecurity = 2, "labour_security", "劳动保障", "Labour security";
        DisputeMediation = 3, "dispute_mediation", "争议调解", "Dispute mediation";
    }
}

code_table! {
    /// What a consultation is about; close to the legal groups of 劳动争议调解仲裁法 art. 2.
    ConsultationCategory: u8 {
        UnpaidWages = 1, "unpaid_wages", "欠薪", "Unpaid wages";
        Overtime = 2, "overtime", "加班费", "Overtime pay";
        NoContract = 3, "no_contract", "未签合同、双倍工资", "No written contract, double pay";
        Dismissal = 4, "dismissal", "解除、经济补偿", "Dismissal, severance";
        Injury = 5, "injury", "工伤、职业病", "Work injury, occupational disease";
        SocialInsurance = 6, "social_insurance", "社会保险", "Social insurance";
        Hours = 7, "hours", "工时休假", "Hours and leave";
        WomensProtection = 8, "womens_protection", "女职工特殊保护", "Protection of women at work";
        Discrimination = 9, "discrimination", "就业歧视", "Discrimination";
        Covenants = 10, "covenants", "竞业、保密、违约金", "Non-competition, secrecy, penalties";
        AgencyLabour = 11, "agency_labour", "劳务派遣、外包", "Agency labour, outsourcing";
        PlatformWork = 12, "platform_work", "新业态用工", "Platform work";
        OverAge = 13, "over_age", "超龄用工", "Work past retirement age";
        RecruitmentFraud = 14, "recruitment_fraud", "招聘欺诈、押金、培训贷",
            "Recruitment fraud, deposits, training loans";
        PolicyAdvice = 15, "policy_advice", "政策咨询", "Policy advice (subsidies, training)";
        Other = 16, "other", "其他", "Other";
    }
}

code_table! {
    /// What came of a consultation.
    ConsultationOutcome: u8 {
        Answered = 1, "answered", "当场解答", "Answered on the spot";
        RightsExplained = 2, "rights_explained", "告知权利与程序", "Rights and procedure explained";
        DocumentDrafted = 3, "document_drafted", "代拟文书", "Document drafted";
        LegalAidGuided = 4, "legal_aid_guided", "指导申请法律援助", "Helped to apply for legal aid";
        ToLegalAid = 5, "to_legal_aid", "转法律援助中心", "To the legal aid centre";
        ToLabourInspection = 6, "to_labour_inspection", "转劳动监察（12333）",
            "To labour inspection (12333)";
        ToArbitration = 7, "to_arbitration", "转劳动仲裁", "To labour arbitration";
        ToMediation = 8, "to_mediation", "转调解组织", "To a mediation body";
        ToUnion = 9, "to_union", "转工会（12351）", "To the trade union (12351)";
        ToWomensFederation = 10, "to_womens_federation", "转妇联（12338）",
            "To the Women's Federation (12338)";
        ToYouthLeague = 11, "to_youth_league", "转共青团（12355）", "To the Youth League (12355)";
        ToPolice = 12, "to_police", "转公安", "To the police";
        ToEmploymentService = 13, "to_employment_service", "转就业服务", "To the employment service";
        Appointment = 14, "appointment", "约期", "Appointment made";
        Unreachable = 15, "unreachable", "无法联系", "Could not be reached";
    }
}

impl ConsultationOutcome {
    /// Whether another office takes over: such an outcome needs a consent and a due date.
    #[must_use]
    pub const fn is_referral(self) -> bool {
        matches!(self.code(), 5..=13)
    }
}

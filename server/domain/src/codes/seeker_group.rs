//! The groups (人员类别) that seekers may count themselves to: several, self-declared, skippable.
//!
//! They are for statistics and for help, never for matching. Who counts as “in difficulty” is set
//! by each province (就业促进法 art. 52).

code_table! {
    /// A group of seekers.
    SeekerGroup: u8 {
        Graduate = 1, "graduate", "应届毕业生", "Graduating this year";
        EarlierGraduate = 2, "earlier_graduate", "往届未就业毕业生", "Earlier graduate without a job";
        MigrantWorker = 3, "migrant_worker", "农民工", "Migrant worker";
        LaidOff = 4, "laid_off", "下岗失业", "Laid off";
        RegisteredUnemployed = 5, "registered_unemployed", "登记失业", "Registered as unemployed";
        InDifficulty = 6, "in_difficulty", "就业困难人员", "In difficulty finding work";
        Veteran = 7, "veteran", "退役军人", "Veteran";
        LiftedFromPoverty = 8, "lifted_from_poverty", "脱贫或监测户", "Household lifted from poverty";
        ChangingJob = 9, "changing_job", "在职转岗", "Employed, changing job";
        Other = 10, "other", "其他", "Other";
        OlderWorker = 11, "older_worker", "大龄", "Older worker (women 40+, men 50+)";
        Disabled = 12, "disabled", "残疾", "Disabled";
        MinimumAllowance = 13, "minimum_allowance", "低保", "On minimum allowance";
        ZeroEmploymentFamily = 14, "zero_employment_family", "零就业家庭", "Family without any job";
        Landless = 15, "landless", "失地", "Lost farm land";
        LongUnemployed = 16, "long_unemployed", "连续失业一年以上", "Unemployed for a year or more";
    }
}

impl SeekerGroup {
    /// Whether naming it needs a separate consent and keeps it out of every open record: it tells
    /// of health, of a specific identity or of means (PIPL arts. 28–29).
    #[must_use]
    pub const fn is_sensitive(self) -> bool {
        matches!(
            self,
            Self::Disabled | Self::MinimumAllowance | Self::LiftedFromPoverty | Self::Veteran
        )
    }
}

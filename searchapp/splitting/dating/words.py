"""The words that dates are written with, as data: to add a language, add words.

Months: twelve entries a language, separated by ', ', the forms of one month by '|'. A month that is also an ordinary
word or a first name, and any month outside English, counts without a number only after one of PREPOSITIONS.
"""

from __future__ import annotations

ENGLISH = "January|February|March|April|May|June|July|August|September|October|November|December"
ENGLISH_AMBIGUOUS = frozenset({"March", "April", "May", "June", "August"})
"""Also a verb or a person's name: alone, a month only where language marks it as one."""
ENGLISH_VERBS = frozenset({"march", "may", "mar"})
"""In lower case never a month in running text."""

OTHER_MONTHS: tuple[str, ...] = (
    # French
    "janvier, février|fevrier, mars, avril, mai, juin, juillet, août|aout, septembre, octobre, novembre, "
    "décembre|decembre",
    # German (what English shares is left out)
    "januar|jänner, februar|feber, märz, , mai, juni, juli, , , oktober, , dezember",
    # Spanish
    "enero, febrero, marzo, abril, mayo, junio, julio, agosto, septiembre|setiembre, octubre, noviembre, diciembre",
    # Russian: nominative, genitive, prepositional
    "январь|января|январе, февраль|февраля|феврале, март|марта|марте, апрель|апреля|апреле, май|мая|мае, "
    "июнь|июня|июне, июль|июля|июле, август|августа|августе, сентябрь|сентября|сентябре, "
    "октябрь|октября|октябре, ноябрь|ноября|ноябре, декабрь|декабря|декабре",
    # Ukrainian: nominative, genitive, locative
    "січень|січня|січні, лютий|лютого|лютому, березень|березня|березні, квітень|квітня|квітні, "
    "травень|травня|травні, червень|червня|червні, липень|липня|липні, серпень|серпня|серпні, "
    "вересень|вересня|вересні, жовтень|жовтня|жовтні, листопад|листопада|листопаді, грудень|грудня|грудні",
    # Turkish
    "ocak, şubat, mart, nisan, mayıs, haziran, temmuz, ağustos, eylül, ekim, kasım, aralık",
    # Arabic: names taken from Latin, with and without hamza
    "يناير, فبراير, مارس, أبريل|ابريل|إبريل, مايو, يونيو|يونيه, يوليو|يوليه, أغسطس|اغسطس, سبتمبر, "
    "أكتوبر|اكتوبر, نوفمبر, ديسمبر",
    # Arabic: names used in the Levant and Iraq
    "كانون الثاني|كانون ثاني, شباط, آذار|اذار, نيسان, أيار|ايار, حزيران, تموز, آب, أيلول|ايلول, "
    "تشرين الأول|تشرين الاول|تشرين أول, تشرين الثاني|تشرين ثاني, كانون الأول|كانون الاول|كانون أول",
)

SHORT_MONTHS: tuple[str, ...] = (
    "jan, feb, mar, apr, , jun, jul, aug, sep|sept, oct, nov, dec",
    "janv, févr|fév, , avr, , , juil, , , , , déc",
    "jän, , mär|mrz, , , , , , , okt, , dez",
    "ene, , , abr, , , , , , , , dic",
    "янв, фев|февр, мар, апр, , , , авг, сен|сент, окт, ноя|нояб, дек",
)
"""Abbreviations; they count only beside a number."""

PREPOSITIONS = (
    "in|of|since|by|until|till|during|from|to|through|throughout|before|after|around|between|into|for|last|next|this|"
    "as of|prior to|up to|early|mid|late|end|"
    "en|de|depuis|dès|jusqu'en|im|seit|ab|bis|vom|desde|hasta|в|с|до|к|по|у|від|з|في|منذ|حتى|خلال|شهر|شهري|أشهر"
)
"""Before a bare month."""

YEAR_MARKS = (
    "in|since|of|from|until|till|by|during|before|after|throughout|through|between|into|for|year|fy|"
    "as early as|as late as|the year|year of|"
    "born|born:|dob|dob:|d\\.o\\.b\\.:?|died|founded|established|est\\.|c\\.|"
    "as of|to|back to|circa|ca.|prior to|up to|compared with|compared to|than in|fall on|rise on|drop on|"
    "increase on|decrease on|"
    "en|depuis|dès|jusqu'en|année|l'année|im jahr|im jahre|jahr|seit|ab|bis|desde|hasta|año|el año|"
    "в|с|до|к|от|у|від|з|مواليد|عام|العام|عامي|العامين|أعوام|الأعوام|سنة|السنة|سنوات|في|منذ|حتى"
)
"""Before a bare year."""
WEAK_MARKS = frozenset(
    ["c.", "est.", "died", "of", "from", "by", "for", "to", "up to", "into", "than", "between", "с", "до", "к", "от"]
)
"""Of these, the ones that as often stand before a count: no plural may follow."""
NO_ADJECTIVE = "(?:many|most|some|more|all|the|thousands|hundreds|its|their|only|at|about|over|and|or|to|of|in|on)"
"""Words that begin something new after a year: `by 2016 many people`, but `of 2000 young people`."""
YEAR_SUFFIXES = (
    "to (?:the )?present|[-–—]present|[-–—]now|[-–—]today|"
    "года|году|годом|год|гг?\\.|року|рік|р\\.|yılı(?:n(?:ın|da(?:n|ki)?))?|yıl(?!\\s+önce)|senesi(?:nde)?|"
    "['’][dt][ae](?:n|ki)?(?!\\s+(?:fazla|çok|az|aşkın|büyük|küçük|bir)(?![^\\W_]))|"
    "['’]n?[ıiuü]n(?=\\s+(?:ilk|son|baş|orta|yaz|kış|bahar))"
)
"""After a bare year."""
MONTH_SUFFIXES = "['’](?:[ıiuü]n)?[dt][ae](?:n|ki)?|\\s+ay(?:ı|ının|ında(?:n|ki)?)"
"""After a bare month."""
DETERMINERS = "the|a|an|its|his|her|their|our|my|your|this|that|another"
"""Before a year that is part of an event's name: the 2022 invasion, a 2020 report."""
NOT_EVENTS = (
    "model|models|version|versions|edition|make|series|series|standard|euros?|dollars?|"
    "words?|pages?|seats?|man|person|strong|point|bed|metre|meter|kilometre|kilometer"
)
"""After a number that only looks like a year."""

COUNTED = (
    "people|persons|civilians|soldiers|troops|fighters|militants|terrorists|rebels|refugees|men|women|children|"
    "casualties|deaths|victims|dead|killed|wounded|injured|prisoners|detainees|hostages|families|households|"
    "servicemen|personnel|members|workers|police|officers|volunteers|mercenaries|insurgents|displaced|residents|"
    "inhabitants|protesters|patients|migrants|tanks|vehicles|trucks|aircraft|planes|jets|helicopters|missiles|"
    "rockets|shells|bombs|mortars|rounds|sorties|strikes|airstrikes|raids|flights|missions|convoys|targets|"
    "buildings|houses|homes|humanitarian|tons?|tonnes?|kg|kilograms?|kilomet(?:re|er)s?|km|met(?:re|er)s?|miles?|"
    "(?-i:m)|feet|hectares|acres|litres?|liters?|barrels|square|cubic|million|billion|percent|per cent|times|hours|"
    "minutes|seconds|days|weeks|months|years|hrs?|mph|hp|lbs?|items|copies|copies|cases|incidents|dollars|euros|"
    "roubles|rubles|liras?|pounds|человек|personnes|morts|personen|tote|menschen|personas|muertos|kişi|شخص|قتيل"
)
"""After a number that counts something."""

COUNTED_EVENTS = "deaths|casualties|sorties|strikes|airstrikes|raids|flights|missions|incidents|cases|hostages|killed"
"""Of these, what a year may just as well stand before: `the 2015 airstrikes`."""

HOURS = "hrs?|hours?|(?-i:h)|heures?|Uhr|час\\w*"
"""After a number that is a time."""

NAMED = "Revolution|War|Alliance|Movement|Brigades?|Square|Street|Bridge|Martyrs|Day|Youth|Accords?|Massacre|Coup|City"
"""After a day and month that are part of a proper name: the October War, the 14 March Alliance."""
NAMED_BEFORE = "Black|Red|Bloody"
"""Before a month that is part of a proper name: Black September."""

Part = tuple[tuple[int, int] | None, tuple[int, int] | None]
"""Days of a month, months of a year (first and last; the last day is cut to the month's own)."""
EARLY: Part = ((1, 10), (1, 4))
MID: Part = ((11, 20), (5, 8))
LATE: Part = ((21, 31), (9, 12))
PARTS: tuple[tuple[str, Part], ...] = (
    (
        "early|early in|beginning|start|début|debut|anfang|principios|начале|начало|начала|на початку|أوائل|مطلع|بداية",
        EARLY,
    ),
    ("mid|mid in|middle|mi|mitte|mediados|середине|середина|منتصف|أواسط", MID),
    ("late|late in|end|fin|ende|finales|fines|конце|конец|конца|наприкінці|أواخر|نهاية", LATE),
    ("first half|1st half|h1", ((1, 15), (1, 6))),
    ("second half|2nd half|latter half|h2", ((16, 31), (7, 12))),
    ("first quarter|q1", (None, (1, 3))),
    ("second quarter|q2", (None, (4, 6))),
    ("third quarter|q3", (None, (7, 9))),
    ("fourth quarter|last quarter|q4", (None, (10, 12))),
    ("spring|printemps|frühling|frühjahr|primavera|весной|весна|весны|ربيع", (None, (3, 5))),
    ("summer|été|sommer|verano|летом|лето|лета|صيف", (None, (6, 8))),
    ("autumn|fall|automne|herbst|otoño|осенью|осень|осени|خريف", (None, (9, 11))),
    ("winter|hiver|invierno|зимой|зима|зимы|شتاء", (None, (12, 2))),
)
"""Before a month or a year. Seasons are northern; winter runs into the next year."""

SINCE = "since|ever since|depuis|seit|منذ|geçen"
"""Before a date, in the same clause: it is past."""
LAST_BEFORE = "last|past|this past|previous|letzten|vergangenen|pasado|прошлого|прошлом|минулого|минулому|geçen"
LAST_AFTER = "last year|of last year|dernier|pasado|прошлого года|минулого року|الماضي|المنصرم|الفائت"
"""Right beside a date: it is past."""
NEXT_BEFORE = "next|this coming|coming|upcoming|nächsten|kommenden|próximo|следующего|наступного|gelecek"
NEXT_AFTER = "next year|of next year|prochain|próximo|следующего года|наступного року|المقبل|القادم"
"""Right beside a date: it lies ahead."""
_ARRANGED = ("due", "expected", "planned", "scheduled", "set", "slated")
AHEAD = "|".join((
    "will|won't|won’t|shall|is to|are to|is going to|are going to|plans? to|intends? to|hopes? to",
    *(f"{be} {arranged}" for arranged in _ARRANGED for be in ("is", "are")),
    *(f"(?<!was )(?<!were )(?<!been ){arranged} for" for arranged in _ARRANGED),
    *(f"(?<!was )(?<!were )(?<!been ){arranged} on" for arranged in _ARRANGED if arranged != "set"),
    "sera|seront|aura lieu|auront lieu|prévue?s? pour|geplant für|geplant am|wird|werden|soll|sollen",
    "será|serán|previst[oa]s? para|programad[oa]s? para|tendrá lugar|tendrán lugar|se celebrará",
    "будет|будут|запланирован\\w*|намечен\\w*|ожидается|состоится|состоятся|пройд[её]т|пройдут",
    "буде|будуть|заплановано|очікується|відбудеться|відбудуться|planlan\\w+|beklen\\w+|[^\\W_]{3,}acak|[^\\W_]{3,}ecek",
    "سوف|المقرر|مقرر|المزمع|المتوقع|المرتقب",
))  # fmt: skip
"""In the same sentence before a date, or after one that opens it: it lies ahead, unless a word of what has happened
stands between."""
_AT = ("on", "until", "till", "through")
PERHAPS_AHEAD = "|".join((
    *(f"{verb}s? {at}" for verb in ("open", "close", "begin", "start", "end", "run", "last", "resume") for at in _AT),
    *(f"to {verb}" for verb in ("resume", "begin", "start", "open", "meet", "vote", "end", "be held", "take place")),
    "takes? place|expires?|remains? valid|remains? open|is valid|are valid|is open|are open|deadline is|deadline of",
    "a lieu|ont lieu|expirent?|findet|finden|beginnt|beginnen|endet|enden|läuft bis|gilt bis|vence|истекает",
    "закінчується",
))  # fmt: skip
"""In the same places: what lies ahead is told so, and in chronicles what is past."""
DEADLINE = "by|no later than"
"""Before a date: it lies ahead if something is to be done by then."""
INTENDED = "to (?!the )(?!an? )(?!its )(?!his )(?!her )(?!their )[a-z]+|must|should"
HAPPENED = (
    "had|was|were|been|did|began|broke|came|cut|fell|fought|gave|got|held|hit|kept|led|left|lost|made|met|ran|said|saw|"
    "shot|spoke|struck|took|told|went|withdrew|won|(?!need)(?!indeed)(?!hundred)(?!speed)[a-z]{2,}ed|"
    "after|since|following|despite|because|over|about|après|avait|ont|nach|hatte|wurden?|después|había|после|был[аио]?|"
    "после|після|був|була|були|sonra|بعد|منذ|عقب|كان|كانت"
)
"""Between a word that looks ahead and a date: the date is another's, `will be tried over the attack of 11 October`."""
BACKGROUND = "since|than|as in|like|unlike|compared to|compared with|fall on|rise on"
"""Before a year: it is not the year of what is told."""
BORN = (
    "born|birth|dob|d\\.o\\.b\\.|née?|naissance|geboren|geb\\.|geburtsdatum|nacid[oa]|nacimiento|род\\.|родился|родилась|"
    "рождения|нар\\.|народився|народилася|народження|doğumlu|doğum tarihi|مواليد|الولادة"
)
"""Shortly before a date: it is of a life, and says nothing of when anything else was."""

WEEKDAYS = (
    "Monday|Mon, Tuesday|Tues|Tue, Wednesday|Wed, Thursday|Thurs|Thur|Thu, Friday|Fri, Saturday|Sat, Sunday|Sun",
    "lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche",
    "Montag, Dienstag, Mittwoch, Donnerstag, Freitag, Samstag|Sonnabend, Sonntag",
    "lunes, martes, miércoles, jueves, viernes, sábado, domingo",
    "понедельник, вторник, среда|среду, четверг, пятница|пятницу, суббота|субботу, воскресенье",
    "понеділок, вівторок, середа|середу, четвер, п'ятниця|п'ятницю, субота|суботу, неділя|неділю",
    "pazartesi, salı, çarşamba, perşembe, cuma, cumartesi, pazar",
    "الاثنين|الإثنين, الثلاثاء, الأربعاء|الاربعاء, الخميس, الجمعة, السبت, الأحد|الاحد",
)
"""From Monday on, the forms of one by '|'."""

extension CountryNumbering {
  /// `calling code|country|name|lengths of a number after the code|trunk prefix|leading digits|example`, the country
  /// that a shared code belongs to by default first. Facts: ITU-T E.164 assignments and national numbering plans as
  /// the metadata of libphonenumber 9.0 states them. Lengths are those of fixed, mobile and VoIP numbers: freephone
  /// numbers of other lengths cannot be reached from abroad, so Meta cannot verify them.
  static let table = """
    1|US|United States|10|1||+1 201 555 0123
    1|AG|Antigua and Barbuda|10|1|268|+1 268 464 1234
    1|AI|Anguilla|10|1|264|+1 264 235 1234
    1|AS|American Samoa|10|1|684|+1 684 733 1234
    1|BB|Barbados|10|1|246|+1 246 250 1234
    1|BM|Bermuda|10|1|441|+1 441 370 1234
    1|BS|Bahamas|10|1|242|+1 242 359 1234
    1|CA|Canada|10|1|204,226,236,249,250,257,263,273,289,306,343,354,365,367,368,382,403,416,418,428,431,437,438,\
    450,468,474,506,514,519,548,579,581,584,587,600,604,613,622,633,639,647,672,683,705,709,742,753,778,780,782,807,\
    819,825,867,873,879,902,905,942|+1 506 234 5678
    1|DM|Dominica|10|1|767|+1 767 225 1234
    1|DO|Dominican Republic|10|1|809,829,849|+1 809 234 5678
    1|GD|Grenada|10|1|473|+1 473 403 1234
    1|GU|Guam|10|1|671|+1 671 300 1234
    1|JM|Jamaica|10|1|658,876|+1 876 210 1234
    1|KN|Saint Kitts And Nevis|10|1|869|+1 869 765 2917
    1|KY|Cayman Islands|10|1|345|+1 345 323 1234
    1|LC|Saint Lucia|10|1|758|+1 758 284 5678
    1|MP|Northern Mariana Islands|10|1|670|+1 670 234 5678
    1|MS|Montserrat|10|1|664|+1 664 492 3456
    1|PR|Puerto Rico|10|1|787,939|+1 787 234 5678
    1|SX|Sint Maarten (Dutch part)|10|1|721|+1 721 520 5678
    1|TC|Turks And Caicos Islands|10|1|649|+1 649 231 1234
    1|TT|Trinidad and Tobago|10|1|868|+1 868 291 1234
    1|VC|Saint Vincent And The Grenadines|10|1|784|+1 784 430 1234
    1|VG|British Virgin Islands|10|1|284|+1 284 300 1234
    1|VI|U.S. Virgin Islands|10|1|340|+1 340 642 1234
    7|RU|Russia|10|8||+7 912 345 67 89
    7|KZ|Kazakhstan|10|8|6,7|+7 771 000 9998
    20|EG|Egypt|8-10|0||+20 10 01234567
    27|ZA|South Africa|5-9|0||+27 71 123 4567
    30|GR|Greece|10|||+30 691 234 5678
    31|NL|Netherlands|9-11|0||+31 6 12345678
    32|BE|Belgium|8,9|0||+32 450 00 12 34
    33|FR|France|9|0||+33 6 12 34 56 78
    34|ES|Spain|9|||+34 612 34 56 78
    36|HU|Hungary|8,9|06||+36 20 123 4567
    39|IT|Italy|6-12|||+39 312 345 6789
    39|VA|Vatican City|6-11||06698|+39 06 698 12345
    40|RO|Romania|6,9|0||+40 712 034 567
    41|CH|Switzerland|9|0||+41 78 123 45 67
    43|AT|Austria|4-13|0||+43 664 123456
    44|GB|United Kingdom|9,10|0||+44 7400 123456
    44|GG|Guernsey|10|0|1481,7781,7839,79111,79117|+44 7781 123456
    44|IM|Isle Of Man|10|0|1624,74576,7524,7624|+44 7924 123456
    44|JE|Jersey|10|0|1534,7509,77003,77007,77008,7797,7829,7937|+44 7797 712345
    45|DK|Denmark|8|||+45 34 41 23 45
    46|SE|Sweden|7-9|0||+46 70 123 45 67
    47|NO|Norway|8|||+47 40 61 23 45
    47|SJ|Svalbard And Jan Mayen|8||79|+47 41 23 45 67
    48|PL|Poland|7,9|||+48 512 345 678
    49|DE|Germany|5-13|0||+49 1512 3456789
    51|PE|Peru|8,9|0||+51 912 345 678
    52|MX|Mexico|10|||+52 222 123 4567
    53|CU|Cuba|6-8,10|0||+53 5 1234567
    54|AR|Argentina|10,11|0||+54 9 11 2345 6789
    55|BR|Brazil|10,11|0||+55 11 96123 4567
    56|CL|Chile|9|||+56 2 2123 4567
    57|CO|Colombia|8,10|||+57 321 1234567
    58|VE|Venezuela|10|0||+58 412 1234567
    60|MY|Malaysia|8-10|0||+60 12 345 6789
    61|AU|Australia|9|0||+61 412 345 678
    61|CC|Cocos Islands|9|0|89162|+61 412 345 678
    61|CX|Christmas Island|9|0|89164|+61 412 345 678
    62|ID|Indonesia|7-12|0||+62 812 345 678
    63|PH|Philippines|6,8-10|0||+63 905 123 4567
    64|NZ|New Zealand|8-10|0||+64 21 123 4567
    65|SG|Singapore|8|||+65 8123 4567
    66|TH|Thailand|8,9|0||+66 81 234 5678
    81|JP|Japan|9,10|0||+81 90 1234 5678
    82|KR|South Korea|5,6,8-10|0||+82 10 2000 0000
    84|VN|Vietnam|9,10|0||+84 912 345 678
    86|CN|China|7-11|0||+86 131 2345 6789
    90|TR|Turkey|10|0||+90 501 234 56 78
    91|IN|India|10|0||+91 81234 56789
    92|PK|Pakistan|9,10|0||+92 301 2345678
    93|AF|Afghanistan|9|0||+93 70 123 4567
    94|LK|Sri Lanka|9|0||+94 71 234 5678
    95|MM|Myanmar|6-10|0||+95 9 212 3456
    98|IR|Iran|6,7,10|0||+98 912 345 6789
    211|SS|South Sudan|9|0||+211 977 123 456
    212|MA|Morocco|9|0||+212 6 50 12 34 56
    213|DZ|Algeria|8,9|0||+213 551 23 45 67
    216|TN|Tunisia|8|||+216 20 123 456
    218|LY|Libya|9|0||+218 91 2345678
    220|GM|Gambia|7,9|||+220 301 2345
    221|SN|Senegal|9|||+221 70 123 45 67
    222|MR|Mauritania|8|||+222 22 12 34 56
    223|ML|Mali|8|||+223 65 01 23 45
    224|GN|Guinea|8,9|||+224 601 12 34 56
    225|CI|Côte d'Ivoire|10|||+225 01 23 45 6789
    226|BF|Burkina Faso|8|||+226 70 12 34 56
    227|NE|Niger|8|||+227 93 12 34 56
    228|TG|Togo|8|||+228 90 11 23 45
    229|BJ|Benin|10|||+229 01 95 12 34 56
    230|MU|Mauritius|7,8|||+230 5251 2345
    231|LR|Liberia|7-9|0||+231 77 012 3456
    232|SL|Sierra Leone|8|0||+232 25 123456
    233|GH|Ghana|9|0||+233 23 123 4567
    234|NG|Nigeria|10|0||+234 802 123 4567
    235|TD|Chad|8|||+235 63 01 23 45
    236|CF|Central African Republic|8|||+236 70 01 23 45
    237|CM|Cameroon|9|||+237 6 71 23 45 67
    238|CV|Cape Verde|7|||+238 991 12 34
    239|ST|Sao Tome And Principe|7|||+239 981 2345
    240|GQ|Equatorial Guinea|9|||+240 222 123 456
    241|GA|Gabon|7,8|||+241 06 03 12 34
    242|CG|Congo|9|||+242 06 123 4567
    243|CD|The Democratic Republic Of Congo|7-10|0||+243 991 234 567
    244|AO|Angola|9|||+244 923 123 456
    245|GW|Guinea-Bissau|7,9|||+245 955 012 345
    246|IO|British Indian Ocean Territory|7|||+246 380 1234
    247|AC|Ascension Island|5|||+247 40123
    248|SC|Seychelles|7|||+248 2 510 123
    249|SD|Sudan|9|0||+249 91 123 1234
    250|RW|Rwanda|8,9|0||+250 720 123 456
    251|ET|Ethiopia|9|0||+251 91 123 4567
    252|SO|Somalia|6-9|0||+252 7 1123456
    253|DJ|Djibouti|8|||+253 77 83 10 01
    254|KE|Kenya|7-9|0||+254 712 123456
    255|TZ|Tanzania|9|0||+255 621 234 567
    256|UG|Uganda|9|0||+256 712 345678
    257|BI|Burundi|8|||+257 79 56 12 34
    258|MZ|Mozambique|8,9|||+258 82 123 4567
    260|ZM|Zambia|9|0||+260 95 5123456
    261|MG|Madagascar|9|0||+261 32 12 345 67
    262|RE|Reunion|9|0||+262 692 12 34 56
    262|YT|Mayotte|9|0|269,639|+262 639 01 23 45
    263|ZW|Zimbabwe|9,10|0||+263 71 234 5678
    264|NA|Namibia|8,9|0||+264 81 123 4567
    265|MW|Malawi|7,9|0||+265 991 23 45 67
    266|LS|Lesotho|8|||+266 5012 3456
    267|BW|Botswana|7,8|||+267 71 123 456
    268|SZ|Swaziland|8|||+268 7612 3456
    269|KM|Comoros|7|||+269 321 23 45
    290|SH|Saint Helena|4,5|||+290 51234
    290|TA|Tristan da Cunha|4||8|+290 8999
    291|ER|Eritrea|7|0||+291 7 123 456
    297|AW|Aruba|7|||+297 560 1234
    298|FO|Faroe Islands|6|||+298 21 12 34
    299|GL|Greenland|6|||+299 22 12 34
    350|GI|Gibraltar|8|||+350 57123456
    351|PT|Portugal|9|||+351 912 345 678
    352|LU|Luxembourg|4-11|||+352 628 123 456
    353|IE|Ireland|7-10|0||+353 85 012 3456
    354|IS|Iceland|7,9|||+354 611 1234
    355|AL|Albania|8,9|0||+355 67 212 3456
    356|MT|Malta|8|||+356 9696 1234
    357|CY|Cyprus|8|||+357 96 123456
    358|FI|Finland|5-10|0||+358 41 2345678
    358|AX|Åland Islands|6-10|0|18|+358 41 2345678
    359|BG|Bulgaria|6-9|0||+359 43 012 345
    370|LT|Lithuania|8|0||+370 612 34567
    371|LV|Latvia|8|||+371 21 234 567
    372|EE|Estonia|7,8|||+372 5123 4567
    373|MD|Moldova|8|0||+373 621 12 345
    374|AM|Armenia|8|0||+374 77 123456
    375|BY|Belarus|9|||+375 29 491 19 11
    376|AD|Andorra|6,8,9|||+376 312 345
    377|MC|Monaco|8,9|0||+377 6 12 34 56 78
    378|SM|San Marino|8,10|||+378 66 66 12 12
    380|UA|Ukraine|9|0||+380 50 123 4567
    381|RS|Serbia|7-12|0||+381 60 1234567
    382|ME|Montenegro|8|0||+382 60 123 456
    383|XK|Kosovo|8-12|0||+383 43 201 234
    385|HR|Croatia|8,9|0||+385 92 123 4567
    386|SI|Slovenia|8|0||+386 31 234 567
    387|BA|Bosnia and Herzegovina|8,9|0||+387 61 123 456
    389|MK|Macedonia|8|0||+389 72 345 678
    420|CZ|Czech Republic|9|||+420 601 123 456
    421|SK|Slovakia|6,7,9|0||+421 912 123 456
    423|LI|Liechtenstein|7,9|0||+423 660 234 567
    500|FK|Falkland Islands|5|||+500 51234
    501|BZ|Belize|7|||+501 622 1234
    502|GT|Guatemala|8|||+502 5123 4567
    503|SV|El Salvador|8|||+503 7012 3456
    504|HN|Honduras|8|||+504 9123 4567
    505|NI|Nicaragua|8|||+505 8123 4567
    506|CR|Costa Rica|8|||+506 8312 3456
    507|PA|Panama|7,8|||+507 6123 4567
    508|PM|Saint Pierre And Miquelon|6,9|0||+508 55 12 34
    509|HT|Haiti|8|||+509 34 10 1234
    590|GP|Guadeloupe|9|0||+590 690 00 12 34
    590|BL|Saint Barthélemy|9|0|59027,59029,59051,59052,59087|+590 690 00 12 34
    590|MF|Saint Martin|9|0|59000,59007,59009,59013,59030,59043,59050,59056,59058,59077,59079|+590 690 00 12 34
    591|BO|Bolivia|8|0||+591 71234567
    592|GY|Guyana|7|||+592 609 1234
    593|EC|Ecuador|8,9|0||+593 99 123 4567
    594|GF|French Guiana|9|0||+594 694 20 12 34
    595|PY|Paraguay|7-9|0||+595 961 456789
    596|MQ|Martinique|9|0||+596 696 20 12 34
    597|SR|Suriname|6,7|||+597 741 2345
    598|UY|Uruguay|8|0||+598 94 231 234
    599|CW|Curaçao|7,8|||+599 9 518 1234
    599|BQ|Bonaire, Sint Eustatius and Saba|7||3,4,7|+599 318 1234
    670|TL|Timor-Leste|7,8|||+670 7721 2345
    672|NF|Norfolk Island|6|||+672 3 81234
    673|BN|Brunei|7|||+673 712 3456
    674|NR|Nauru|7|||+674 555 1234
    675|PG|Papua New Guinea|7,8|||+675 7012 3456
    676|TO|Tonga|5,7|||+676 771 5123
    677|SB|Solomon Islands|5,7|||+677 74 21234
    678|VU|Vanuatu|5,7|||+678 591 2345
    679|FJ|Fiji|7|||+679 701 2345
    680|PW|Palau|7|||+680 620 1234
    681|WF|Wallis And Futuna|6|||+681 82 12 34
    682|CK|Cook Islands|5|||+682 71 234
    683|NU|Niue|4,7|||+683 888 4012
    685|WS|Samoa|5-7,10|||+685 72 12345
    686|KI|Kiribati|5,8|0||+686 72001234
    687|NC|New Caledonia|6|||+687 75.12.34
    688|TV|Tuvalu|5-7|||+688 90 1234
    689|PF|French Polynesia|8|||+689 87 12 34 56
    690|TK|Tokelau|4-7|||+690 7290
    691|FM|Micronesia|7|||+691 350 1234
    692|MH|Marshall Islands|7|1||+692 235 1234
    800||International Freephone|8|||+800 1234 5678
    808||Shared Cost Services|8|||+808 1234 5678
    850|KP|North Korea|8,10|0||+850 192 123 4567
    852|HK|Hong Kong|8|||+852 5123 4567
    853|MO|Macao|8|||+853 6612 3456
    855|KH|Cambodia|8,9|0||+855 91 234 567
    856|LA|Laos|8-10|0||+856 20 23 123 456
    870||Inmarsat|9,12|||+870 301 234 567
    878||Universal Personal Telecommunications|12|||+878 10 12345 67890
    880|BD|Bangladesh|6-10|0||+880 1812 345678
    881||Satellite networks|9,10|||+881 6 123 45678
    882||International networks|7-12|||+882 34 21234
    883||International networks|8-12|||+883 510 012 345
    886|TW|Taiwan|8-11|0||+886 912 345 678
    888||Disaster relief|11|||+888 123 456 78901
    960|MV|Maldives|7|||+960 771 2345
    961|LB|Lebanon|7,8|0||+961 71 123 456
    962|JO|Jordan|8,9|0||+962 7 9012 3456
    963|SY|Syria|8,9|0||+963 944 567 890
    964|IQ|Iraq|8-10|0||+964 791 234 5678
    965|KW|Kuwait|8|||+965 500 12345
    966|SA|Saudi Arabia|9|0||+966 51 234 5678
    967|YE|Yemen|7-9|0||+967 712 345 678
    968|OM|Oman|8|||+968 9212 3456
    970|PS|Palestine|8,9|0||+970 599 123 456
    971|AE|United Arab Emirates|8,9|0||+971 50 123 4567
    972|IL|Israel|8-12|0||+972 50 234 5678
    973|BH|Bahrain|8|||+973 3600 1234
    974|QA|Qatar|8|||+974 3312 3456
    975|BT|Bhutan|7,8|||+975 17 12 34 56
    976|MN|Mongolia|8-10|0||+976 8812 3456
    977|NP|Nepal|8,10|0||+977 984 1234567
    979||International Premium Rate|9|||+979 1 2345 6789
    992|TJ|Tajikistan|9|||+992 91 712 3456
    993|TM|Turkmenistan|8|||+993 66 123456
    994|AZ|Azerbaijan|9|0||+994 40 123 45 67
    995|GE|Georgia|9|0||+995 555 12 34 56
    996|KG|Kyrgyzstan|9|0||+996 700 123 456
    998|UZ|Uzbekistan|9|||+998 91 234 56 78
    """
}

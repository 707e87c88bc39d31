/**
 * Passwords of eight and more characters that stand at the top of every leaked list, in lower case. A guesser tries these first, so
 * refusing them removes most of what an online attack can find; the throttle takes care of the rest.
 */
export const commonPasswords: ReadonlySet<string> = new Set(`
00000000 000000000 0000000000 01234567 012345678 0123456789 0987654321 09876543 10203040 1020304050 11111111 111111111 1111111111 111222333
11112222 11223344 1122334455 112233445566 12121212 121212121 123123123 123123123123 1231231234 12312312 1234512345 12345612 123456123 123456123456 1234567a
12345678 123456789 1234567890 12345678900 12345678901 123456789012 123456789123 123456789a 123456789q 123456789qwe 12345678a 12345678q 1234567891 12345679 123456789abc
12341234 123412345 12344321 1234abcd 1234qwer 123abc123 123abc456 123454321 1234554321 12345abc 12345qwe 12345qwert 12345trewq 123456as 123456aa 123456ab 123456abc 123456qw 123456qwe
123654789 123698745 123789456 123qwe123 123qweasd 123qweasdzxc 12qwaszx 13131313 13579246 1357924680 135792468 14141414 142536475869 1470258369 147258369 147852369 14789632
159357456 159753456 159357258 159951159 15975346 19841984 19851985 19861986 19871987 19881988 19891989 19901990 1a2b3c4d 1a2b3c4d5e 1q1q1q1q 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz1qaz
1qaz2wsx 1qaz2wsx3edc 1qazxsw2 20002000 20202020 21212121 22222222 222222222 23232323 234567890 23456789 24682468 25252525 25802580 31415926 314159265 321321321 33333333 333333333
36925814 36985214 44444444 456456456 456789123 45678912 4815162342 55555555 555555555 5555555555 56565656 66666666 666666666 66668888 69696969 741852963 74185296 77777777 777777777
7777777777 78787878 789456123 789789789 78945612 79797979 87654321 88888888 888888888 8888888888 963852741 98765432 987654321 9876543210 987456321 98989898 99999999 999999999 9999999999
a1234567 a12345678 a123456789 a1b2c3d4 a1b2c3d4e5 a1s2d3f4 aa123456 aa123456789 aaaa1111 aaaaaaaa aaaaaaaaa aaaaaaaaaa abc12345 abc123456 abc123456789 abcd1234 abcd12345 abcd123456
abcdefg1 abcdefg123 abcdefgh abcdefghi abcdefghij abc123abc access14 adgjmptw admin123 admin1234 admin12345 admin123456 administrator adminadmin airborne alejandra alejandro alexander
alexandra allison1 amanda12 america1 anderson andromeda angel123 angelica angelina apple123 arsenal1 asd123456 asdasd123 asdasdasd asdf1234 asdfasdf asdfghjk asdfghjkl asdfjkl; asdqwe123
ashley12 asshole1 assassin babygirl babygirl1 bailey12 barcelona baseball baseball1 basketball batman123 beautiful benjamin bigdaddy birthday blink182 bluebird bollocks brooklyn bulldogs
butterfly california cameron1 carolina caroline champion changeme changeme1 changeme123 charlie1 charlotte cheerleader chelsea1 chicago1 chocolate christian christina christine christopher
cocacola colorado computer computer1 controll courtney cowboys1 creative cristina daniel12 danielle darkness december default1 demo1234 diamond1 dinosaur dolphins domination dragon12 dragon123
einstein elephant elizabeth everlast fatality fernando firebird fishing1 florida1 football football1 football123 forever1 freedom1 fuckyou1 fuckyou2 fuckyou123 fuckoff1 gabriela gabriell garfield
gateway1 getmoney gibson12 godzilla godisgood goldfish graduate greenday gregory1 guest123 guinness hannah12 hardcore hello123 hello1234 hellohello hellokitty hercules hellodad home1234 hotstuff
iloveyou iloveyou1 iloveyou12 iloveyou123 iloveyou2 ilovegod iloveme1 iloveyou! infinity internet internet1 isabella jackson1 jasmine1 jennifer jennifer1 jessica1 jesus123 jesuschrist jonathan
jordan23 jordan123 justin12 justinbieber katherine killer123 kimberly kingkong kristina lakers24 lebron23 letmein1 letmein12 letmein123 liberty1 liverpool liverpool1 lol123456 london12 lovelove loveme123
loveyou1 love1234 lovers12 macintosh madison1 manchester margaret marlboro marvin12 master12 master123 matthew1 maverick maxwell1 mercedes metallica michael1 michelle michelle1 midnight minecraft
monkey12 monkey123 mommy123 montana1 mustang1 myspace1 mypassword natasha1 nathan12 newyork1 nicholas nicole12 nintendo nirvana1 nopassword november october1 oklahoma p@ssw0rd p@ssword p@ssw0rd1 pa55word
passw0rd passw0rd1 passwort passwort1 password password! password0 password00 password01 password1 password1! password10 password11 password12 password123 password1234 password12345 password2 password21
password22 password3 password4 password5 password69 password7 password8 password9 password99 password@123 passpass pass1234 pass12345 pass123456 patricia peekaboo penelope personal philips1 platinum playboy1
pokemon1 pokemon123 poohbear portugal precious princess princess1 princess12 princess123 professor pussycat q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 qazqazqaz qazwsx12 qazwsx123 qazwsxedc qazwsxedc123 qazwsxedcrfv
qq123456 qq123456789 qqqqqqqq qwaszx12 qwe123456 qwe123qwe qweasd123 qweasdzxc qweasdzxc123 qweqweqwe qwer1234 qwer12345 qwert123 qwert1234 qwert12345 qwerty01 qwerty11 qwerty12 qwerty123 qwerty1234 qwerty12345
qwerty123456 qwerty21 qwerty77 qwertyqwerty qwertyui qwertyuio qwertyuiop qwertyuiop123 rangers1 realmadrid rebecca1 redskins remember richard1 robert12 rockstar rockstar1 rockyou1 rootroot root1234 rosebud1
samantha samantha1 samsung1 sandra12 scarface scorpion sebastian secret12 secret123 security sergey12 server12 shadow12 shadow123 shopping skywalker slipknot slipknot1 snickers snowball soccer12 soccer10 softball
sparky12 spiderman spiderman1 spongebob starwars starwars1 steelers steven12 stephanie strawberry summer12 summer2020 summer2021 summer2022 summer2023 summer2024 sunflower sunshine sunshine1 superman superman1 superstar
supervisor sweetheart sweetpea swordfish system32 tarheels teamo123 teddybear temp1234 test1234 test12345 test123456 testtest testing1 testing123 thailand thomas12 thunder1 tigger12 tinkerbell tottenham trustno1 tweety12
tyler123 undertaker unicorns universe user1234 valentin valentina vanessa1 veronica victoria victoria1 videogame viktoria vladimir volleyball welcome1 welcome12 welcome123 welcome1234 westside whatever whatever1 william1
wolverine wordpass woaini1314 woaini520 woaini123 5201314a a5201314 wang1234 xbox360x yankees1 yellow12 yourname yugioh12 zaq12wsx zaq1zaq1 zaq1xsw2 zaqxswcde zaq!2wsx zxcasdqwe zxcv1234 zxcvbnm1 zxcvbnm12 zxcvbnm123
zxcvbnm, zxczxczxc zzzzzzzz !qaz2wsx 1qaz@wsx 1qaz!qaz 12345678! abc@1234 admin@123 root@123 test@123 qwerty@123 welcome@123 asdf@1234 parley123 parleyparley chat1234 chatchat
`.trim().split(/\s+/))

<?php
chmod('unggahan', 0777); // TEMUAN
mkdir('unggahan/foto', 0777, true); // TEMUAN
umask(0); // TEMUAN

<?php
chmod('unggahan', 0750);
mkdir('unggahan/foto', 0750, true);
umask(0027);
